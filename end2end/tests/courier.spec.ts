// How what a teller made travels: in its order, one request at a time, woken by the browser, over a slow connection,
// refused, and once more after the server was restored. Faults carry their id of design/faults.md.

import type { Page } from '@playwright/test';
import { expect, test } from './server';
import { FaultyProxy, type SeenRequest } from './faulty_proxy';
import { button, consent, heading, joinAndSettle, link, organisation, safe, sentence, staffWords, startWriting, tell, tellAbout, words, write, writing, type Use } from './telling';

const story = 'Ik zoek al een jaar werk en ik heb veertig brieven geschreven.';
const sync = '/api/v1/sync';
const brings = ({ path, body }: SeenRequest) => path === sync && body.includes('finalize_story');

/** The kinds of commands that were pushed, each once, in the order in which they came first. */
function pushed(proxy: FaultyProxy): string[] {
  const commands = proxy.to(sync).flatMap(({ body }) => JSON.parse(body.toString()).push as { command: object }[]);
  return [...new Set(commands.flatMap(({ command }) => Object.keys(command)))];
}

async function tellAllowing(page: Page, teller: string, yeses: readonly Use[]): Promise<void> {
  await page.goto(teller);
  await startWriting(page);
  await write(page, story);
  await tellAbout(page);
  await consent(page, yeses);
}

test('choices and a withdrawal follow their story, one request at a time', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  proxy.fault = async (request) => {
    if (brings(request)) await held;
    return 'pass';
  };
  await tellAllowing(page, `${proxy.url}/v/houten`, ['analysis', 'public']);

  // While the story is under way its teller chooses otherwise. That waits for its turn.
  await link(page, 'done.mine').or(button(page, 'done.mine')).first().click();
  await button(page, 'mine.more').click();
  await button(page, 'mine.choices').click();
  const no = page.getByRole('button', { name: words('consent.public.no', { organisation }) });
  await no.click();
  await expect(no).toHaveAttribute('aria-pressed', 'true');
  expect(pushed(proxy)).toEqual(['finalize_story']);
  release();
  await expect(sentence(page, 'state.choice_applied')).toBeVisible({ timeout: 50_000 });

  await page.goto(`${proxy.url}/mine`);
  await expect(safe(page)).toBeVisible();
  await button(page, 'mine.more').click();
  await button(page, 'mine.withdraw').click();
  await button(page, 'withdraw.nobody').click();
  await button(page, 'withdraw.sure_yes').click();
  await expect(heading(page, 'withdraw.nobody_done')).toBeVisible({ timeout: 50_000 });

  expect(pushed(proxy)).toEqual(['finalize_story', 'change_consent', 'withdraw_story']);
  expect(proxy.mostAtOnce(sync)).toBe(1);
  const analyst = await server.staff('analyst');
  await expect(analyst.getByText(staffWords('library.empty'))).toBeVisible();
  // Nobody may hear it any more, but on the phone it stays.
  await page.goto(`${proxy.url}/mine`);
  await button(page, 'mine.more').click();
  await button(page, 'mine.read').click();
  await expect(page.getByText(story)).toBeVisible();
  await proxy.close();
});

test('p20 a story that was damaged on its way is refused, stays with its reason and can be told on', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  proxy.damage = (request) => (brings(request) ? Buffer.from(request.body.toString().replace('veertig', 'vijftig')) : undefined);
  await tell(page, `${proxy.url}/v/houten`, story, { title: 'Brieven' });
  const reason = words('problem.malformed');
  await expect(sentence(page, 'state.refused', { reason })).toBeVisible({ timeout: 50_000 });
  await expect(safe(page)).toHaveCount(0);

  proxy.damage = () => undefined;
  await page.goto(`${proxy.url}/mine`);
  await expect(sentence(page, 'state.refused', { reason })).toBeVisible();
  await button(page, 'state.refused_change').click();
  await expect(writing(page)).toHaveValue(story);
  await page.reload();
  await expect(writing(page)).toHaveValue(story);
  await tellAbout(page, { title: 'Veertig brieven' });
  // What was answered is still answered.
  await button(page, 'consent.start').click();
  await expect(sentence(page, 'consent.recap.title')).toBeVisible();
  await button(page, 'consent.recap.confirm').click();
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  const analyst = await server.staff('analyst');
  await expect(analyst.getByText('Veertig brieven')).toHaveCount(1);
  await analyst.getByText('Veertig brieven').click();
  await expect(analyst.getByText(story)).toBeVisible();
  await proxy.close();
});

test('sy11 after a restore the phone offers again what the server lacks, and calls nothing safe before', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  const teller = `${proxy.url}/v/houten`;
  await joinAndSettle(page, teller);
  await tell(page, teller, `${story} Eén.`, { title: 'Voor de kopie' });
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  await server.kill();
  const copy = server.copy();
  await server.run();
  await tell(page, teller, `${story} Twee.`, { title: 'Na de kopie' });
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });

  await page.goto('about:blank');
  await server.kill();
  server.putBack(copy);
  await server.run();
  const analyst = await server.staff('analyst');
  await expect(analyst.getByText('Voor de kopie')).toHaveCount(1);
  await expect(analyst.getByText('Na de kopie')).toHaveCount(0);

  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  proxy.fault = async (request) => {
    if (brings(request)) await held;
    return 'pass';
  };
  await page.goto(`${proxy.url}/mine`);
  await expect.poll(() => proxy.seen.filter(brings).length).toBeGreaterThan(2);
  await expect(page.locator('.vp-state--safe')).toHaveCount(0);
  release();
  await expect(page.locator('.vp-state--safe')).toHaveCount(2, { timeout: 50_000 });
  for (const title of ['Voor de kopie', 'Na de kopie']) await expect(analyst.getByText(title)).toHaveCount(1);
  await proxy.close();
});

test('p14 background sync wakes the page, and what waits is sent', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  const browser = await page.context().newCDPSession(page);
  let registrationId = '';
  browser.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    for (const registration of registrations) if (registration.scopeURL === `${proxy.url}/`) registrationId = registration.registrationId;
  });
  await browser.send('ServiceWorker.enable');
  await expect.poll(() => registrationId).not.toBe('');

  // To the end the browser tells the page that there is no network: no "online" wakes it, and while there is none it
  // never tries by itself. In truth it is back when the proxy passes again, so that only a sync event can send. The
  // browser may bring one of its own before the one below.
  await browser.send('Network.enable');
  await browser.send('Network.overrideNetworkState', { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  expect(await page.evaluate(() => navigator.onLine)).toBe(false);
  proxy.fault = ({ path }) => (path.startsWith('/api/') ? 'cut' : 'pass');
  await tell(page, `${proxy.url}/v/houten`, story);
  await expect(sentence(page, 'state.offline')).toBeVisible();
  await expect.poll(() => proxy.seen.some(brings)).toBe(true);
  await expect(safe(page)).toHaveCount(0);
  proxy.fault = () => 'pass';

  await browser.send('ServiceWorker.dispatchSyncEvent', { origin: proxy.url, registrationId, tag: 'send', lastChance: false });
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  expect(await page.evaluate(() => navigator.onLine)).toBe(false);
  await proxy.close();
});

test('p17 over a slow connection the question is read before the app is there, and the story arrives', async ({ server, phone }) => {
  const page = await phone.open();
  let appIsThere = false;
  page.on('requestfinished', (request) => (appIsThere ||= request.url().endsWith('.wasm')));
  const browser = await page.context().newCDPSession(page);
  await browser.send('Network.enable');
  await browser.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 100_000, uploadThroughput: 20_000 });
  await page.goto(server.links.teller, { waitUntil: 'commit' });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(link(page, 'join.tell')).toBeInViewport();
  expect(appIsThere).toBe(false);
  await expect(sentence(page, 'join.offline')).toBeVisible({ timeout: 50_000 });
  await startWriting(page);
  await write(page, story);
  await tellAbout(page);
  await consent(page);
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
});
