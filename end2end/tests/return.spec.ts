// Coming back with a code, on a phone that never saw the story: by words typed with slips, by link, by digits; then everything
// a teller may do with it.

import AxeBuilder from '@axe-core/playwright';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { keyOf, wordsOf } from './code';
import { bring, photo, sound, type Story } from './hearable';
import { expect, test, type Server } from './server';
import { button, ownWords, staffWords, words } from './telling';

const pictures = path.join(__dirname, '../screenshots');
mkdirSync(pictures, { recursive: true });

const bits = Buffer.from('2a0163c8054d085bf01e', 'hex');
const nine = wordsOf(bits);
const ownButton = (page: Page, key: string) => page.getByRole('button', { name: ownWords(key), exact: true });
const said = (page: Page, key: string, values: Record<string, string> = {}) => page.getByText(ownWords(key, values)).first();
const field = (page: Page, place: number) => page.getByRole('textbox', { name: ownWords('return.word', { n: String(place) }), exact: true });
const title = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

/** A story with a text, a recording and a photo, of which only the code is known here. */
async function told(server: Server): Promise<Story> {
  const ownerKey = Buffer.from(keyOf(nine), 'hex');
  const [story] = await bring(server, [
    { title: 'De bakker', text: 'Ik werk bij de bakker.\nOm vier uur begin ik.', clips: [sound(4), photo('Een brood')], ownerKey },
  ]);
  return story!;
}

async function search(page: Page, typed: string[]): Promise<void> {
  for (const [place, word] of typed.entries()) await field(page, place + 1).fill(word);
  await ownButton(page, 'return.search').click();
}

/** Every address a page asks for, to look for secrets in. */
function addresses(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  return asked;
}

test('cd2 nine words with two slips open the story on another phone, where its teller rules it', async ({ server, phone }) => {
  const story = await told(server);
  const analyst = await server.staff('analyst');
  await expect(analyst.getByRole('heading', { level: 2, name: 'De bakker' })).toBeVisible();
  const page = await phone.open();
  const asked = addresses(page);
  await page.goto(`${server.url}/mine`);
  await page.getByRole('link', { name: words('mine.have_code') }).click();
  await expect(title(page, ownWords('return.title'))).toBeFocused();

  // Suggestions from the third letter on.
  await field(page, 1).fill(nine[0]!.slice(0, 2));
  await expect(page.locator('.vp-return__offers')).toHaveCount(0);
  await field(page, 1).fill(nine[0]!.slice(0, 3));
  await page.locator('.vp-return__offers').getByRole('button', { name: nine[0]!, exact: true }).click();
  await expect(field(page, 1)).toHaveValue(nine[0]!);
  await expect(field(page, 2)).toBeFocused();

  // Two slips; capitals do not matter.
  const slip = (word: string) => `${word.slice(0, 2)}q${word.slice(3)}`;
  const typed = nine.map((word) => word.toUpperCase());
  typed[3] = slip(nine[3]!);
  typed[6] = slip(nine[6]!);
  await search(page, typed);
  for (const place of [3, 6]) {
    await expect(said(page, 'return.unknown_word', { n: String(place + 1) })).toBeVisible();
    await page.getByRole('button', { name: ownWords('return.yes_word', { word: nine[place]! }), exact: true }).click();
  }
  await expect(title(page, 'De bakker')).toBeVisible();
  await expect(page).toHaveURL(`${server.url}/mine/story`);
  await expect(page.getByText('Om vier uur begin ik.')).toBeVisible();
  await expect(said(page, 'own.happened')).toBeVisible();
  await expect(page.getByText(/^Ontvangen op \d+ \S+ \d{4}$/)).toBeVisible();

  // It is heard and seen from the server.
  const image = page.getByRole('img', { name: 'Een brood' });
  await expect.poll(async () => {
    await page.reload();
    await expect(title(page, 'De bakker')).toBeVisible();
    return image.evaluate(async (element: HTMLImageElement) => {
      element.loading = 'eager';
      return element.decode().then(() => element.naturalWidth, () => 0);
    });
  }, { timeout: 100_000 }).toBeGreaterThan(0);
  await page.getByRole('button', { name: words('listen.play'), exact: true }).click();
  await expect(page.locator('.vp-own__sound')).toContainText('0:02', { timeout: 50_000 });

  // A choice: no longer played in a meeting, for staff as well.
  await button(page, 'mine.choices').click();
  const meeting = page.locator('.vp-choice').nth(1);
  await meeting.getByRole('button').nth(1).click();
  await expect(page.getByText(words('state.choice_applied'))).toBeVisible({ timeout: 50_000 });
  await expect(analyst.locator('.vp-entry .vp-uses').first()).toContainText('Bijeenkomst: nee', { timeout: 50_000 });
  await page.goBack();

  // Another name and text, and the photo goes.
  await ownButton(page, 'own.change').click();
  await page.getByLabel(ownWords('edit.name')).fill('Brood');
  await page.getByLabel(ownWords('edit.text')).fill('Ik bak brood.');
  await page.getByRole('listitem').filter({ hasText: ownWords('own.image', { n: '1' }) }).getByRole('button').click();
  await expect(said(page, 'edit.taken_out')).toBeVisible();
  await ownButton(page, 'edit.save').click();
  await expect(said(page, 'edit.done')).toBeVisible({ timeout: 50_000 });
  await expect(title(page, 'Brood')).toBeVisible();
  await expect(page.getByText('Ik bak brood.')).toBeVisible();
  await expect(image).toHaveCount(0);
  await expect(analyst.getByRole('heading', { level: 2, name: 'Brood' })).toBeVisible({ timeout: 50_000 });
  await expect(analyst.getByText('De bakker')).toHaveCount(0);
  await expect(analyst.getByText(staffWords('story.revised')).first()).toBeVisible();

  // Everything as one file, that opens without us.
  const download = page.waitForEvent('download');
  await ownButton(page, 'own.download').click();
  const folder = mkdtempSync(path.join(tmpdir(), 'vertelpunt-copy-'));
  const file = path.join(folder, 'copy.zip');
  await (await download).saveAs(file);
  execFileSync('python3', ['-m', 'zipfile', '-e', file, folder]);
  const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
  for (const part of ['lang="nl"', 'Brood', 'Ik bak brood.', '01.webm', 'Ontvangen op']) expect(html).toContain(part);
  expect(html).not.toContain('De bakker');
  expect(readFileSync(path.join(folder, '01.webm')).equals(story.clips[0]!.bytes)).toBe(true);
  rmSync(folder, { recursive: true });
  await expect(said(page, 'own.downloaded')).toBeVisible();

  // Taken back: unknown and withdrawn are the same screen.
  await button(page, 'mine.withdraw').click();
  await button(page, 'withdraw.remove').click();
  await button(page, 'withdraw.sure_yes').click();
  await expect(page.getByRole('heading', { level: 1, name: words('withdraw.gone') })).toBeVisible({ timeout: 50_000 });
  await expect(analyst.getByText('Brood', { exact: true })).toHaveCount(0);
  await page.goto(`${server.url}/story`);
  const screen = async (typedNow: string[]) => {
    await page.goto(`${server.url}/story`);
    await search(page, typedNow);
    await expect(said(page, 'return.not_found')).toBeVisible();
    return page.locator('.vp-body').innerText();
  };
  expect(await screen(nine)).toBe(await screen(wordsOf(Buffer.from('00000000000000000001', 'hex'))));

  // No code, key or word of it was ever in an address.
  for (const address of asked) {
    for (const secret of [bits.toString('hex'), keyOf(nine), nine.join(' '), nine.join('%20')]) expect(address).not.toContain(secret);
  }
});

test('cd6 a link opens at once and leaves the address bar, digits do too, and a borrowed phone keeps nothing', async ({ server, phone }) => {
  await told(server);
  const page = await phone.open();
  const asked = addresses(page);
  await page.goto(`${server.url}/story#${bits.toString('hex')}`);
  await expect(title(page, 'De bakker')).toBeVisible();
  expect(page.url()).toBe(`${server.url}/mine/story`);
  await page.goBack();
  expect(page.url()).not.toContain(bits.toString('hex'));
  for (const address of asked) expect(address.split('#')[0]).not.toContain(bits.toString('hex'));

  // It goes from this phone: the story stays, and nothing of it is left here.
  await page.goto(`${server.url}/mine/story`);
  await ownButton(page, 'own.leave').click();
  await expect(page.getByText(words('mine.empty'))).toBeVisible();
  const left = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const texts = await Promise.all(databases.map(({ name }) => new Promise<string>((resolve) => {
      const opening = indexedDB.open(name!);
      opening.onsuccess = () => {
        const database = opening.result;
        const stores = [...database.objectStoreNames];
        const reading = database.transaction(stores);
        const all = stores.map((store) => new Promise<string>((done) => {
          const asked = reading.objectStore(store).getAll();
          asked.onsuccess = () => done(JSON.stringify(asked.result));
        }));
        void Promise.all(all).then((found) => { database.close(); resolve(found.join()); });
      };
    })));
    return texts.join();
  });
  expect(left).not.toContain(bits.toString('hex'));

  // By digits, as they stand on the paper.
  const number = BigInt(`0x${bits.toString('hex')}`).toString().padStart(25, '0');
  await page.goto(`${server.url}/story`);
  await ownButton(page, 'return.by_digits').click();
  await page.getByLabel(ownWords('return.digits')).fill(`${number}000`);
  await ownButton(page, 'return.search').click();
  await expect(said(page, 'return.digits_not_found')).toBeVisible();
});

test('ed6 what was typed while another device changed the story is refused, and every word of it is there to go on with', async ({ server, phone }) => {
  await told(server);
  // Any other browser will do.
  const [here, elsewhere] = [await phone.open(), await server.staff('analyst')];
  for (const page of [here, elsewhere]) {
    await page.goto(`${server.url}/story#${bits.toString('hex')}`);
    await expect(title(page, 'De bakker')).toBeVisible();
  }
  const name = (page: Page) => page.getByLabel(ownWords('edit.name'));
  const text = (page: Page) => page.getByLabel(ownWords('edit.text'));
  await ownButton(here, 'own.change').click();
  await here.context().setOffline(true);
  await text(here).fill('Ik bak taart.');
  await ownButton(here, 'edit.save').click();
  await expect(said(here, 'edit.waits')).toBeVisible();

  await ownButton(elsewhere, 'own.change').click();
  await name(elsewhere).fill('Brood');
  await ownButton(elsewhere, 'edit.save').click();
  await expect(said(elsewhere, 'edit.done')).toBeVisible({ timeout: 50_000 });

  await here.context().setOffline(false);
  await expect(said(here, 'edit.outdated')).toBeVisible({ timeout: 50_000 });
  await expect(title(here, 'Brood')).toBeVisible();
  await here.reload();
  await expect(title(here, 'Brood')).toBeVisible();
  await ownButton(here, 'own.change').click();
  await expect(text(here)).toHaveValue('Ik bak taart.');
  // Thrown away, it shows what is so; then it is typed once more, of what is so.
  await button(here, 'mine.throw_away').click();
  await expect(name(here)).toHaveValue('Brood');
  await expect(text(here)).toHaveValue(/^Ik werk bij de bakker/);
  await text(here).fill('Ik bak taart.');
  await ownButton(here, 'edit.save').click();
  await expect(said(here, 'edit.done')).toBeVisible({ timeout: 50_000 });
  await expect(here.getByText('Ik bak taart.')).toBeVisible();
  await expect(title(here, 'Brood')).toBeVisible();
});

test('cd4 all words pasted at once are spread, and two that changed places are pointed out', async ({ server, phone }) => {
  await told(server);
  const page = await phone.open();
  await page.goto(`${server.url}/story`);
  const swapped = [...nine];
  [swapped[1], swapped[4]] = [nine[4]!, nine[1]!];
  await field(page, 5).fill(`1. ${swapped.join(',\n')}`);
  for (const [place, word] of swapped.entries()) await expect(field(page, place + 1)).toHaveValue(word);
  await ownButton(page, 'return.search').click();
  await expect(said(page, 'return.exchanged', { one: '2', other: '5' })).toBeVisible();
  await ownButton(page, 'return.exchange').click();
  await expect(title(page, 'De bakker')).toBeVisible();
});

test('a code is kept as a photo, made on the phone alone', async ({ server, phone }) => {
  await told(server);
  const page = await phone.open();
  await page.goto(`${server.url}/story#${bits.toString('hex')}`);
  await expect(title(page, 'De bakker')).toBeVisible();
  await button(page, 'mine.code').click();
  const download = page.waitForEvent('download');
  await button(page, 'code.save_photo').click();
  const file = path.join(pictures, 'code-as-photo.png');
  await (await download).saveAs(file);
  expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
  expect(readFileSync(file).length).toBeGreaterThan(10_000);
  await expect(page.getByText(words('code.photo_saved'))).toBeVisible();
});

const looks = [
  { name: 'nl', language: 'nl', dark: false, size: { width: 390, height: 844 } },
  { name: 'nl-dark', language: 'nl', dark: true, size: { width: 390, height: 844 } },
  { name: 'rtl', language: 'qps', dark: false, size: { width: 390, height: 844 } },
  { name: 'ar', language: 'ar', dark: true, size: { width: 360, height: 560 } },
  { name: 'laptop', language: 'nl', dark: false, size: { width: 1440, height: 900 } },
];

for (const look of looks) {
  test(`every screen of coming back, ${look.name}`, async ({ server, phone }) => {
    await told(server);
    const page = await phone.open({ viewport: look.size, dark: look.dark });
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    const at = async (screen: string) => {
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: path.join(pictures, `${look.name}-return-${screen}.png`), fullPage: true });
      const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
      if (look.language === 'qps') axe.disableRules(['html-lang-valid', 'valid-lang']);
      await page.setViewportSize({ width: look.size.width, height: 2600 });
      const { violations } = await axe.analyze();
      await page.setViewportSize(look.size);
      const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
      expect.soft(findings, `axe on ${screen}`).toEqual([]);
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      expect.soft(scroll, `${screen} scrolls sideways`).toBeLessThanOrEqual(client);
      expect.soft(await page.getByRole('heading', { level: 1 }).count(), `main headings of ${screen}`).toBe(1);
    };
    await page.goto(`${server.links.teller}?l=${look.language}`);
    await expect(page.locator('html')).toHaveAttribute('lang', look.language);
    await page.goto(`${server.url}/story?l=${look.language}`);
    await expect(page.locator('.vp-return__words input')).toHaveCount(9);
    await page.locator('.vp-return__words input').first().fill(nine[0]!.slice(0, 3));
    await expect(page.locator('.vp-return__offers')).toBeVisible();
    await at('words');
    const wrong = [...nine];
    wrong[3] = `${nine[3]!.slice(0, 2)}q${nine[3]!.slice(3)}`;
    for (const [place, word] of wrong.entries()) await page.locator('.vp-return__words input').nth(place).fill(word);
    await page.locator('.vp-btn--main').click();
    await expect(page.locator('.vp-notice')).toBeVisible();
    await at('did-you-mean');
    await page.locator('.vp-notice button').click();
    await expect(page.locator('.vp-own__ways')).toBeVisible();
    await expect(page.locator('.vp-own__sound button')).toBeVisible();
    await at('own');
    await page.locator('.vp-own__ways button').nth(1).click();
    await expect(page.locator('.vp-own__parts')).toBeVisible();
    await page.locator('.vp-own__parts button').first().click();
    await at('change');
  });
}
