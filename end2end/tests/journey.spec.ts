// The main job, end to end: a story written without internet on a phone that is killed, read in the library.

import { expect, test } from './server';
import { answer, button, consent, heading, joinAndSettle, link, safe, staffWords, startWriting, tellAbout, translated, uses, sentence, sentences, words, write, writing, organisation } from './telling';

const story = 'Ik werk al acht jaar bij de bakker. Om vier uur ruikt de straat naar brood.';

test('a story written offline outlives a killed browser and is read in the library', async ({ server, phone }) => {
  let page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await phone.offline(true);
  await startWriting(page);
  await write(page, story);

  await phone.kill();
  page = await phone.open({ offline: true });
  await page.goto(`${server.url}/mine`);
  await expect(heading(page, 'mine.title')).toBeVisible();
  await button(page, 'mine.go_on').click();
  await expect(writing(page)).toHaveValue(story);

  await tellAbout(page, { title: 'De geur van brood', tags: ['work'] });
  await consent(page, ['analysis', 'meeting']);
  await expect(sentence(page, 'state.offline')).toBeVisible();

  await phone.kill();
  page = await phone.open({ offline: true });
  await page.goto(`${server.url}/mine`);
  await expect(sentence(page, 'state.queued')).toBeVisible();

  const analyst = await server.staff('analyst');
  await expect(analyst.getByText(staffWords('library.empty'))).toBeVisible();

  await phone.offline(false);
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });

  await expect(analyst.getByText('De geur van brood')).toBeVisible({ timeout: 50_000 });
  await analyst.getByText('De geur van brood').click();
  await expect(analyst.getByText(story)).toBeVisible();
});

test('co3 a story whose teller says no to analysis stays on the phone', async ({ server, phone }) => {
  const page = await phone.open();
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') sent.push(request.postData() ?? '');
  });
  await joinAndSettle(page, server.links.teller);
  await startWriting(page);
  await write(page, story);
  await tellAbout(page);
  await button(page, 'consent.start').click();
  await answer(page, 'analysis', false);
  await expect(sentence(page, 'consent.stays.title')).toBeVisible();
  await button(page, 'consent.stays.keep').click();
  await expect(heading(page, 'mine.title')).toBeVisible();
  await page.reload();
  await expect(button(page, 'mine.go_on')).toBeVisible();
  expect(sent.filter((body) => body.includes('bakker'))).toEqual([]);
});

test('co2 no consent question has an answer beforehand, and yes and no are equals', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await startWriting(page);
  await write(page, story);
  await tellAbout(page);
  await button(page, 'consent.start').click();
  for (const use of uses) {
    const yes = page.getByRole('button', { name: words(`consent.${use}.yes`, { organisation }) });
    const no = page.getByRole('button', { name: words(`consent.${use}.no`, { organisation }) });
    await expect(yes).not.toHaveAttribute('aria-pressed', 'true');
    await expect(no).not.toHaveAttribute('aria-pressed', 'true');
    const look = (element: Element) => {
      const { backgroundColor, color, fontWeight, fontSize, borderColor } = getComputedStyle(element);
      const { width, height } = element.getBoundingClientRect();
      return { backgroundColor, color, fontWeight, fontSize, borderColor, width: Math.round(width), height: Math.round(height) };
    };
    await page.mouse.move(0, 0);
    expect(await yes.evaluate(look)).toEqual(await no.evaluate(look));
    await yes.click();
  }
  await expect(sentence(page, 'consent.recap.title')).toBeVisible();
});

test('who is quicker than the app on the join page gets on', async ({ server, phone }) => {
  const page = await phone.open();
  // What the button is before the app is there: a plain link.
  const document = await (await page.request.get(server.links.teller)).text();
  const onward = /href="(\/tell\/how[^"]*)"/.exec(document)![1]!;
  await page.goto(server.url + onward);
  await button(page, 'how.write').click();
  await expect(page.getByRole('textbox')).toBeVisible();
});

for (const language of ['en', 'ar']) {
  test(`a screen in ${language} stays so without internet`, async ({ server, phone }) => {
    const page = await phone.open();
    await page.goto(`${server.links.teller}?l=${language}`);
    const promise = page.getByText(translated(language, 'join.offline')).filter({ visible: true });
    await expect(promise.first()).toBeVisible({ timeout: 50_000 });
    await phone.offline(true);
    await page.goto(`${server.url}/mine`);
    await expect(page.getByRole('heading', { level: 1, name: translated(language, 'mine.title') })).toBeVisible();
    await expect(page.locator('html')).toHaveAttribute('lang', language);
  });
}

test('p22 the start screen shows nothing of a story, and titles and addresses tell nothing', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await startWriting(page);
  await write(page, story);
  const paths = new Set<string>();
  await tellAbout(page, { title: 'De geur van brood' });
  for (const path of [server.links.teller, `${server.url}/mine`]) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page).toHaveTitle('Vertelpunt');
    expect(await page.content()).not.toContain('bakker');
    expect(await page.locator('body').innerText()).not.toContain('geur');
    paths.add(new URL(page.url()).href);
  }
  expect([...paths].join(' ')).not.toMatch(/geur|bakker|[0-9a-f]{8}-/);
});

test('nothing is ever asked of a third party', async ({ server, phone }) => {
  const page = await phone.open();
  const others = new Set<string>();
  page.on('request', (request) => {
    const address = new URL(request.url());
    if (address.protocol.startsWith('http') && address.origin !== server.url) others.add(address.origin);
  });
  await joinAndSettle(page, server.links.teller);
  await startWriting(page);
  await write(page, story);
  await tellAbout(page);
  await consent(page);
  await expect(safe(page)).toBeVisible();
  await link(page, 'done.mine').or(button(page, 'done.mine')).first().click();
  await expect(heading(page, 'mine.title')).toBeVisible();
  expect([...others]).toEqual([]);
});
