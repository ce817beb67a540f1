// What goes wrong on a phone (design/faults.md, P), caused for real and looked at from the screen.

import { expect, test } from './server';
import { FaultyProxy } from './faulty_proxy';
import { button, consent, heading, joinAndSettle, link, safe, startWriting, tell, tellAbout, sentence, sentences, words, write, writing } from './telling';

const story = 'Ik zoek al een jaar werk en ik heb veertig brieven geschreven.';
const sync = '/api/v1/sync';
const isPush = (path: string, body: Buffer) => path === sync && body.includes('finalize_story');

test('p8 without storage the page says so, and a story can still be sent', async ({ server, phone }) => {
  const page = await phone.open();
  await page.addInitScript(() => {
    Object.defineProperty(window.indexedDB.constructor.prototype, 'open', {
      value: () => {
        throw new DOMException('no', 'SecurityError');
      },
    });
  });
  await page.goto(server.links.teller);
  await link(page, 'join.tell').click();
  await expect(sentence(page, 'storage.none')).toBeVisible();
  await sentence(page, 'storage.tell_anyway').click();
  await button(page, 'how.write').click();
  await writing(page).fill(story);
  await expect(sentences(page, 'write.saved')).not.toBeVisible();
  await tellAbout(page);
  await consent(page);
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
});

test('p8 storage that never answers is treated as none', async ({ server, phone }) => {
  const page = await phone.open();
  await page.addInitScript(() => {
    Object.defineProperty(window.indexedDB.constructor.prototype, 'open', { value: () => new EventTarget() });
  });
  await page.goto(server.links.teller);
  await link(page, 'join.tell').click();
  await expect(sentence(page, 'storage.none')).toBeVisible({ timeout: 60_000 });
});

test('p9 an old tab gives way when a new version opens the storage', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await startWriting(page);
  await write(page, story);
  const other = await phone.newTab();
  await other.goto(`${server.url}/licences.txt`);
  await other.evaluate(async () => {
    const [database] = await indexedDB.databases();
    const opening = indexedDB.open(database!.name!, database!.version! + 1);
    await new Promise((resolve, reject) => {
      opening.onsuccess = resolve;
      opening.onerror = reject;
    });
    opening.result.close();
  });
  await expect(sentence(page, 'storage.other_window')).toBeVisible();
});

test('p12 two tabs send the same stories once and show the same', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await phone.offline(true);
  for (const number of [1, 2, 3]) await tell(page, server.links.teller, `${story} Deel ${number}.`, { title: `Brief ${number}` });
  await page.goto(`${server.url}/mine`);
  const other = await phone.newTab();
  await other.goto(`${server.url}/mine`);
  for (const tab of [page, other]) await expect(sentences(tab, 'state.queued')).toHaveCount(3);
  await phone.offline(false);
  for (const tab of [page, other]) await expect(tab.locator('.vp-state--safe')).toHaveCount(3, { timeout: 60_000 });
  const analyst = await server.staff('analyst');
  for (const number of [1, 2, 3]) await expect(analyst.getByText(`Brief ${number}`)).toHaveCount(1);
});

for (const years of [-10, 10]) {
  test(`p13 a clock that is ${years} years off loses nothing and moves nothing`, async ({ server, phone }) => {
    const page = await phone.open();
    await page.addInitScript((shift) => {
      const real = Date.now.bind(Date);
      Date.now = () => real() + shift;
    }, years * 365 * 86_400_000);
    await tell(page, server.links.teller, story, { title: 'Veertig brieven' });
    await expect(safe(page)).toBeVisible({ timeout: 50_000 });
    const analyst = await server.staff('analyst');
    await expect(analyst.getByText('Veertig brieven')).toHaveCount(1);
  });
}

test('p14 a story waits while there is no network and leaves by itself when there is', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await phone.offline(true);
  await tell(page, server.links.teller, story);
  await expect(sentence(page, 'state.offline')).toBeVisible();
  await phone.offline(false);
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
});

test('p15 the sign-in page of a wifi is never taken for an arrival', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  proxy.fault = ({ path }) => (path.startsWith('/api/') ? { status: 200, body: '<html>Welkom bij GratisWifi</html>' } : 'pass');
  await tell(page, `${proxy.url}/v/houten`, story);
  await expect(sentence(page, 'state.wifi')).toBeVisible({ timeout: 50_000 });
  await expect(safe(page)).toHaveCount(0);
  proxy.fault = () => 'pass';
  await page.goto(`${proxy.url}/mine`);
  await expect(safe(page)).toBeVisible({ timeout: 60_000 });
  await proxy.close();
});

test('p15 an old answer that comes once more is never taken for an arrival', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  // An answer to another request carries another nonce; everything else of it is as it should be.
  proxy.rewrite = (path, body) => (path === sync ? body.replace(/"nonce":"[0-9a-f]+"/, `"nonce":"${'0'.repeat(32)}"`) : undefined);
  await tell(page, `${proxy.url}/v/houten`, story);
  await expect(sentence(page, 'state.wifi')).toBeVisible({ timeout: 50_000 });
  await expect(safe(page)).toHaveCount(0);
  proxy.rewrite = () => undefined;
  await page.goto(`${proxy.url}/mine`);
  await expect(safe(page)).toBeVisible({ timeout: 60_000 });
  await proxy.close();
});

for (const [status, headers, said] of [
  [502, { 'content-type': 'text/html' }, 'state.our_fault'],
  [429, { 'content-type': 'application/json', 'retry-after': '1' }, 'state.busy'],
] as const) {
  test(`p16 an answer ${status} keeps the story and says so in words`, async ({ server, phone }) => {
    const proxy = await FaultyProxy.before(server.url);
    const page = await phone.open();
    await joinAndSettle(page, `${proxy.url}/v/houten`);
    const body = status === 429 ? JSON.stringify({ problem: { code: 'too_many_tries', retry_after: 1 } }) : '<html>Bad gateway</html>';
    proxy.fault = ({ path }) => (path.startsWith('/api/') ? { status, headers: { ...headers }, body } : 'pass');
    await tell(page, `${proxy.url}/v/houten`, story);
    await expect(sentence(page, said, { organisation: 'Gemeente Houten' })).toBeVisible({ timeout: 50_000 });
    proxy.fault = () => 'pass';
    await page.goto(`${proxy.url}/mine`);
    await expect(safe(page)).toBeVisible({ timeout: 60_000 });
    await proxy.close();
  });
}

test('p19 an answer lost after the commit gives one story and the same acknowledgement', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  let lost = 0;
  proxy.fault = ({ path, body }) => (isPush(path, body) && lost++ === 0 ? 'drop answer' : 'pass');
  await tell(page, `${proxy.url}/v/houten`, story, { title: 'Veertig brieven' });
  await expect(safe(page)).toBeVisible({ timeout: 60_000 });
  expect(lost).toBeGreaterThan(1);
  // What the page knows, the phone's storage knows.
  await page.goto(`${proxy.url}/mine`);
  await expect(safe(page)).toBeVisible();
  const analyst = await server.staff('analyst');
  await expect(analyst.getByText('Veertig brieven')).toHaveCount(1);
  await proxy.close();
});

test('p11 the service worker leaves a large POST as it is', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  await page.reload();
  expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  const length = 3 * 1024 * 1024;
  await page.evaluate(async (size) => {
    const bytes = Uint8Array.from({ length: size }, (_, place) => (place * 31) % 251);
    await fetch('/api/v1/sync', { method: 'POST', body: bytes }).catch(() => undefined);
  }, length);
  const arrived = proxy.to(sync).find(({ body }) => body.length >= length)?.body;
  expect(arrived?.length).toBe(length);
  expect(arrived?.every((byte, place) => byte === (place * 31) % 251)).toBe(true);
  await proxy.close();
});

test('p10 a new version waits until the teller lets it in, and takes nothing away', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  await startWriting(page);
  await write(page, story);
  proxy.rewrite = (path, body) => (path.startsWith('/sw.js') ? `${body}\n// another version\n` : undefined);
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await expect(writing(page)).toHaveValue(story);
  await page.goto(`${proxy.url}/mine`);
  await expect(sentence(page, 'update.text')).toBeVisible({ timeout: 50_000 });
  await button(page, 'update.now').click();
  await expect(sentences(page, 'update.text')).toHaveCount(0, { timeout: 50_000 });
  await expect(heading(page, 'mine.title')).toBeVisible();
  await expect(button(page, 'mine.go_on')).toBeVisible();
  await proxy.close();
});
