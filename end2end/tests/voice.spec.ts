// Reading aloud on request: the ear plays what stands on the screen, in order, from the recordings, and stops.

import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from './server';
import { answer, button, heading, joinAndSettle, link, organisation, passQuestions, startWriting, translated, uses, words, write } from './telling';

interface Entry {
  language: string;
  words: string;
  file: string;
}
const manifest: Entry[] = JSON.parse(readFileSync(path.join(__dirname, '../../public/voice/manifest.json'), 'utf8'));

/** The words of the recording at an address. */
function wordsOf(url: string): string {
  const file = new URL(url).pathname.replace('/voice/', '');
  return manifest.find((entry) => entry.file === file)?.words ?? `no recording: ${file}`;
}

/** Writes down what plays, what of it came to its end, and what is marked; `rate` shortens the wait. */
async function listen(page: Page, rate = 6): Promise<void> {
  await page.addInitScript((rate) => {
    const log = { played: [] as string[], ended: [] as string[], marked: [] as string[], audio: null as HTMLMediaElement | null };
    Object.assign(window, { log });
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
      this.muted = true;
      this.playbackRate = rate;
      log.audio = this;
      const { src } = this;
      log.played.push(src);
      log.marked.push(document.querySelector('.is-heard')?.textContent ?? '');
      this.addEventListener('ended', () => log.ended.push(src), { once: true });
      return play.call(this);
    };
  }, rate);
}

const ear = (page: Page) => page.locator('.vp-ear');
const played = async (page: Page) =>
  (await page.evaluate(() => (window as unknown as { log: { played: string[] } }).log.played)).map(wordsOf);

/** Presses the ear and waits until it is silent again: what was heard, all of it to the end. */
async function heard(page: Page): Promise<string[]> {
  await page.evaluate(() => Object.assign((window as unknown as { log: object }).log, { played: [], ended: [], marked: [] }));
  await ear(page).click();
  await expect(ear(page)).toHaveAttribute('aria-pressed', 'false', { timeout: 60_000 });
  const log = await page.evaluate(() => (window as unknown as { log: { played: string[]; ended: string[]; marked: string[] } }).log);
  expect(log.ended).toEqual(log.played);
  expect(log.marked.every((mark) => mark !== '')).toBe(true);
  expect(await page.locator('.is-heard').count()).toBe(0);
  return log.played.map(wordsOf);
}

const fill = (key: string) => words(key, { organisation, municipality: organisation, partner: 'Inloophuis De Kade' });
const all = (...keys: string[]) => keys.map(fill);

test('each screen is read in its own order, from its own recordings', async ({ server, phone }) => {
  // It hears every recording of the flow to its end.
  test.slow();
  const page = await phone.open();
  await listen(page);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).origin));
  await joinAndSettle(page, server.links.teller);
  const question = 'Wat betekent werk voor jou?';
  expect(await heard(page)).toEqual([fill('join.ask'), question, ...all('join.tell', 'join.no_name', 'join.offline')]);
  await link(page, 'join.who').click();
  await expect(heading(page, 'who.title')).toBeFocused();
  expect(await heard(page)).toEqual(
    all('who.title', 'who.learn', 'who.listen', 'who.choose', 'who.stop', 'who.benefits', 'who.exit', 'who.history', 'who.age', 'frame.back'),
  );
  await page.goBack();
  await link(page, 'join.tell').click();
  await expect(heading(page, 'how.title')).toBeFocused();
  expect(await heard(page)).toEqual(all('how.title', 'how.talk', 'how.together', 'how.write', 'how.photo', 'how.later'));
  await button(page, 'how.write').click();
  await write(page, 'Ik werk bij de bakker.');
  // What somebody wrote is theirs, and is not read aloud.
  expect(await heard(page)).toEqual([question, ...all('write.names', 'state.saved', 'listen.add', 'write.done')]);
  await button(page, 'write.done').click();
  await expect(heading(page, 'title.title')).toBeFocused();
  expect(await heard(page)).toEqual(all('title.title', 'title.picture', 'common.skip', 'common.next'));
  await button(page, 'common.skip').click();
  await expect(heading(page, 'tags.title')).toBeFocused();
  const tiles = (await page.locator('.vp-tile').allTextContents()).map((tile) => tile.trim());
  expect(tiles).toHaveLength(9);
  expect(await heard(page)).toEqual([...all('tags.title', 'tags.hint'), ...tiles, ...all('common.skip', 'common.next')]);
  // A tile says its word when it is chosen, and not when it is let go.
  await button(page, 'tag.money').click();
  await expect(async () => expect((await played(page)).at(-1)).toBe(words('tag.money'))).toPass();
  await expect(ear(page)).toHaveAttribute('aria-pressed', 'false');
  const before = (await played(page)).length;
  await button(page, 'tag.money').click();
  await button(page, 'common.skip').click();
  await passQuestions(page);
  await expect(heading(page, 'voice.title')).toBeFocused();
  expect(await played(page)).toHaveLength(before);
  await button(page, 'common.next').click();
  await expect(heading(page, 'consent.title')).toBeFocused();
  expect(await heard(page)).toEqual(all('consent.title', 'consent.choose', 'consent.start'));
  await button(page, 'consent.start').click();
  for (const use of uses) {
    await expect(page.getByRole('heading', { level: 1 })).toContainText(fill(`consent.${use}.ask`));
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    expect(await heard(page)).toEqual(all(...['ask', 'spoken', 'yes', 'no'].map((part) => `consent.${use}.${part}`)));
    await answer(page, use, use === 'analysis');
  }
  await expect(heading(page, 'consent.recap.title')).toBeFocused();
  const recap = uses.map((use) => `consent.${use}.recap_${use === 'analysis' ? 'yes' : 'no'}`);
  expect(await heard(page)).toEqual(all('consent.recap.title', ...recap, 'consent.recap.confirm'));
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'done.thanks')).toBeFocused();
  await expect(page.locator('.vp-done__state.vp-state--safe')).toBeVisible({ timeout: 50_000 });
  const done = await heard(page);
  expect(done.slice(0, 3)).toEqual(all('done.thanks', 'state.safe', 'done.yours'));
  expect(done.at(-1)).toBe(words('done.keep_code'));
  await button(page, 'done.keep_code').click();
  await expect(heading(page, 'code.title')).toBeFocused();
  expect((await heard(page)).slice(0, 2)).toEqual(all('code.title', 'code.hint'));
  expect(new Set(asked)).toEqual(new Set([new URL(server.url).origin]));
});

test('a second press stops, and so does leaving the page, and nothing sounds by itself', async ({ server, phone }) => {
  const page = await phone.open();
  await listen(page, 0.25);
  const sounds: string[] = [];
  page.on('request', (request) => new URL(request.url()).pathname.startsWith('/voice/') && sounds.push(request.url()));
  await joinAndSettle(page, server.links.teller);
  await startWriting(page);
  await page.goBack();
  await expect(heading(page, 'how.title')).toBeFocused();
  expect(sounds).toEqual([]);
  const silent = () => page.evaluate(() => (window as unknown as { log: { audio: HTMLMediaElement } }).log.audio.paused);
  await ear(page).click();
  await expect(page.locator('.is-heard')).toHaveText(words('how.title'));
  await expect(ear(page)).toHaveAttribute('aria-pressed', 'true');
  expect(await silent()).toBe(false);
  await ear(page).click();
  await expect(ear(page)).toHaveAttribute('aria-pressed', 'false');
  expect(await silent()).toBe(true);
  expect(await page.locator('.is-heard').count()).toBe(0);
  await ear(page).click();
  await expect(page.locator('.is-heard')).toBeVisible();
  await button(page, 'how.write').click();
  await expect(ear(page)).toHaveAttribute('aria-pressed', 'false');
  expect(await silent()).toBe(true);
  // What sounds next is what is pressed next.
  await ear(page).click();
  const marked = page.locator('.is-heard');
  await expect(marked).toBeVisible();
  expect(await played(page)).toEqual([words('how.title'), words('how.title'), await marked.innerText()]);
});

test('English is read in English, Arabic not at all', async ({ server, phone }) => {
  const page = await phone.open();
  await listen(page);
  await page.goto(`${server.links.teller}?l=en`);
  await page.locator('.vp-btn--main').click();
  await expect(page.locator('h1')).toHaveText(translated('en', 'how.title'));
  expect((await heard(page)).slice(0, 2)).toEqual([translated('en', 'how.title'), translated('en', 'how.talk')]);
  await page.goto(`${server.links.teller}?l=ar`);
  await page.locator('.vp-btn--main').click();
  await expect(page.locator('h1')).toHaveText(translated('ar', 'how.title'));
  // The browser says that it has all the voices it will have.
  await page.evaluate(async () => {
    speechSynthesis.onvoiceschanged?.call(speechSynthesis, new Event('voiceschanged'));
    for (let drawn = 0; drawn < 2; drawn += 1) await new Promise(requestAnimationFrame);
  });
  await expect(ear(page)).toBeHidden();
});

test('who used the ear once hears everything without internet too', async ({ server, phone }) => {
  const page = await phone.open();
  await listen(page);
  await joinAndSettle(page, server.links.teller);
  await heard(page);
  const dutch = manifest.filter((entry) => entry.language === 'nl').length;
  const kept = () => page.evaluate(async () => (await (await caches.open('voice')).keys()).length);
  await expect.poll(kept, { timeout: 60_000 }).toBe(dutch);
  await phone.offline(true);
  await link(page, 'join.tell').click();
  await expect(heading(page, 'how.title')).toBeFocused();
  expect(await heard(page)).toHaveLength(6);
  // The pieces Safari asks for.
  const piece = await page.evaluate(async (file) => {
    const answer = await fetch(file, { headers: { range: 'bytes=0-1' } });
    return [answer.status, answer.headers.get('content-range')?.split('/')[0], (await answer.arrayBuffer()).byteLength];
  }, (await page.evaluate(() => (window as unknown as { log: { played: string[] } }).log.played[0]))!);
  expect(piece).toEqual([206, 'bytes 0-1', 2]);
});
