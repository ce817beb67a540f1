// Listening in the library: what plays goes on whatever is opened, what was heard is remembered for its listener alone.

import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { bring, photo, sound, withdraw, type Story } from './hearable';
import { expect, test, type Server } from './server';
import { staffWords } from './telling';

const pictures = path.join(__dirname, '../screenshots');
mkdirSync(pictures, { recursive: true });

const player = (page: Page) => page.getByRole('region', { name: staffWords('player.name') });
const control = (page: Page, key: string) => player(page).getByRole('button', { name: staffWords(key), exact: true });
const place = (page: Page) => page.locator('.vp-player').getByRole('slider');
const row = (page: Page, title: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2, name: title }) });
const listen = (page: Page) => page.getByRole('button', { name: new RegExp(`^${staffWords('story.listen')}`) });
const unheard = (page: Page) => page.getByRole('button', { name: new RegExp(staffWords('library.unheard')) });
const mark = (page: Page, key: string) => page.getByRole('button', { name: staffWords(key), exact: true });

/** The library of somebody, with what was brought. */
async function library(server: Server, stories: Story[], viewport?: { width: number; height: number }): Promise<Page> {
  const page = await server.staff('analyst', { viewport });
  await expect(page.locator('.vp-entry')).toHaveCount(stories.length);
  return page;
}

async function open(page: Page, title: string): Promise<void> {
  await row(page, title).getByRole('link').click();
  await expect(page.locator('.vp-open').getByRole('heading', { level: 2, name: title })).toBeFocused();
}

/** The second that is heard now, counted over the whole story. */
async function second(page: Page): Promise<number> {
  return Number(await place(page).inputValue());
}

async function isAt(at: Locator, value: number): Promise<void> {
  await expect(at).toHaveValue(String(value));
}

test('a story plays on, part after part, while others are opened, and is heard at its end', async ({ server }) => {
  const stories = await bring(server, [
    { title: 'Brood', clips: [sound(4), photo('Mijn oven'), sound(3)] },
    { title: 'Brieven', text: 'Ik kreeg elke week een brief.', clips: [] },
    { title: 'Fiets', clips: [sound(3)] },
  ]);
  const page = await library(server, stories);
  await expect(row(page, 'Brood')).toContainText('0:07');
  await expect(unheard(page)).toContainText('3');
  await open(page, 'Brood');
  await expect(page.getByRole('img', { name: 'Mijn oven' })).toBeVisible();
  await listen(page).click();
  await expect(control(page, 'player.pause')).toBeVisible();
  await expect(player(page)).toContainText(staffWords('player.part', { part: '1', parts: '2' }));

  await open(page, 'Brieven');
  await expect(player(page)).toContainText('Brood');
  await expect(player(page)).toContainText(staffWords('player.part', { part: '2', parts: '2' }));
  await expect(row(page, 'Brood')).toContainText(staffWords('story.not_heard'));
  await expect(control(page, 'player.play')).toBeVisible();
  await expect(row(page, 'Brood')).not.toContainText(staffWords('story.not_heard'));
  await expect(unheard(page)).toContainText('2');

  // Only what is new; what is open stays in view.
  await unheard(page).click();
  await expect(page.locator('.vp-entry')).toHaveCount(2);
  await mark(page, 'heard.read').click();
  await expect(unheard(page)).toContainText('1');
  await expect(page.locator('.vp-entry')).toHaveCount(2);
  await open(page, 'Fiets');
  await expect(page.locator('.vp-entry')).toHaveCount(1);
  await listen(page).click();
  await expect(player(page)).toContainText('Fiets');
  await expect(unheard(page)).toContainText('0');
  await page.keyboard.press('Escape');
  await expect(page.getByText(staffWords('library.nothing_found'))).toBeVisible();
});

test('by keyboard: the thread, the speed, back ten seconds; and letters stay letters', async ({ server }) => {
  const stories = await bring(server, [{ title: 'Lang', clips: [sound(30)] }]);
  const page = await library(server, stories);
  await open(page, 'Lang');
  await listen(page).press('Enter');
  await expect(control(page, 'player.pause')).toBeVisible();
  await place(page).focus();
  await page.keyboard.press('Space');
  await expect(control(page, 'player.play')).toBeVisible();
  await page.keyboard.press('Home');
  await isAt(place(page), 0);
  for (let press = 0; press < 4; press += 1) await page.keyboard.press('ArrowRight');
  await isAt(place(page), 20);
  await expect(place(page)).toHaveAttribute('aria-valuetext', 'minuten: 0, seconden: 20');
  await page.keyboard.press('ArrowLeft');
  await isAt(place(page), 15);
  await control(page, 'player.back').press('Enter');
  await isAt(place(page), 5);
  await page.keyboard.press('Shift+Tab');
  await place(page).press('End');
  await isAt(place(page), 30);
  await place(page).press('Home');

  const speed = player(page).getByRole('combobox', { name: staffWords('player.speed') });
  await speed.selectOption({ label: '2×' });
  await page.getByRole('searchbox').fill('een');
  await page.getByRole('searchbox').press('Space');
  await expect(page.getByRole('searchbox')).toHaveValue('een ');
  await expect(control(page, 'player.play')).toBeVisible();
  await place(page).press('Space');
  // Twice as fast: ten seconds of it are over well before ten seconds are.
  const began = Date.now();
  await expect.poll(() => second(page), { intervals: [50] }).toBeGreaterThanOrEqual(10);
  expect(Date.now() - began).toBeLessThan(9_000);
});

test('by pointer the thread goes to a place', async ({ server }) => {
  const stories = await bring(server, [{ title: 'Lang', clips: [sound(20), sound(20)] }]);
  const page = await library(server, stories);
  await open(page, 'Lang');
  await listen(page).click();
  await control(page, 'player.pause').click();
  const box = (await place(page).boundingBox())!;
  await page.mouse.click(box.x + box.width * 0.75, box.y + box.height / 2);
  await expect.poll(() => second(page)).toBeGreaterThan(27);
  await expect(player(page)).toContainText(staffWords('player.part', { part: '2', parts: '2' }));
  // A press on a part plays from where it begins.
  await page.getByRole('button', { name: staffWords('part.play', { part: '1', time: '0:20' }) }).click();
  await expect.poll(() => second(page)).toBeLessThan(5);
  await expect(control(page, 'player.pause')).toBeVisible();
});

test('he2 what one member hears is heard on their other device, and by nobody else', async ({ server }) => {
  const stories = await bring(server, [
    { title: 'Eerste', text: 'Een verhaal.', clips: [] },
    { title: 'Tweede', text: 'Nog een verhaal.', clips: [] },
  ]);
  const laptop = await library(server, stories);
  const manager = await server.staff('manager');
  await server.kill();
  await server.run();
  const tablet = await library(server, stories, { width: 820, height: 1180 });
  await open(laptop, 'Eerste');
  await mark(laptop, 'heard.read').click();
  await expect(unheard(tablet)).toContainText('1');
  await unheard(tablet).click();
  await expect(tablet.locator('.vp-entry')).toHaveCount(1);
  await expect(unheard(manager)).toContainText('2');
  // And taken back on the other.
  await unheard(tablet).click();
  await open(tablet, 'Eerste');
  await mark(tablet, 'heard.read').click();
  await expect(unheard(laptop)).toContainText('2');
  await expect(mark(laptop, 'heard.read')).toHaveAttribute('aria-pressed', 'false');
});

test('a mark without internet is kept, said, and sent when there is', async ({ server }) => {
  const stories = await bring(server, [{ title: 'Eerste', text: 'Een verhaal.', clips: [] }]);
  const page = await library(server, stories);
  await open(page, 'Eerste');
  await expect(page.getByText('Een verhaal.')).toBeVisible();
  await page.context().setOffline(true);
  await expect(page.getByText(staffWords('library.offline'))).toBeVisible();
  await mark(page, 'heard.read').click();
  await expect(page.getByText(staffWords('heard.later'))).toBeVisible();
  await expect(unheard(page)).toContainText('0');
  await page.context().setOffline(false);
  await expect(page.getByText(staffWords('heard.later'))).toBeHidden();
  await page.reload();
  await expect(unheard(page)).toContainText('0');
});

test('a written story is read when its end was scrolled to', async ({ server }) => {
  const text = Array.from({ length: 120 }, (_, n) => `Zin ${n}: ik ging elke dag langs het loket.`).join('\n');
  const page = await library(server, await bring(server, [{ title: 'Lang verhaal', text, clips: [] }]));
  await open(page, 'Lang verhaal');
  await expect(page.locator('.vp-open__text')).toBeVisible();
  await expect(mark(page, 'heard.read')).toHaveAttribute('aria-pressed', 'false');
  await page.locator('.vp-open').hover();
  await page.mouse.wheel(0, 20_000);
  await expect(mark(page, 'heard.read')).toHaveAttribute('aria-pressed', 'true');
  await expect(unheard(page)).toContainText('0');
});

test('a story that is taken back while it plays is silent at once, and the bar says why', async ({ server }) => {
  const [goes, stays] = await bring(server, [
    { title: 'Gaat', clips: [sound(60)] },
    { title: 'Blijft', text: 'Dit blijft hier.', clips: [] },
  ]);
  const page = await library(server, [goes!, stays!]);
  await page.evaluate(() => {
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () {
      Object.assign(window, { sounding: this });
      return play.call(this);
    };
  });
  const isSilent = () => page.evaluate(() => (window as unknown as { sounding: HTMLMediaElement }).sounding.paused);
  await open(page, 'Gaat');
  await listen(page).click();
  await expect.poll(() => second(page)).toBeGreaterThan(1);
  expect(await isSilent()).toBe(false);
  await open(page, 'Blijft');
  await withdraw(server, goes!);
  // Promised within a second of the page hearing of it.
  await expect(player(page)).toContainText(staffWords('story.withdrawn'), { timeout: 10_000 });
  expect(await isSilent()).toBe(true);
  await expect(page.getByText('Dit blijft hier.')).toBeVisible();
  await expect(player(page).getByRole('slider')).toHaveCount(0);
  await control(page, 'player.stop').click();
  await expect(player(page)).toHaveCount(0);
});

test('a picture is shown large, with its words, and focus comes back', async ({ server }) => {
  const stories = await bring(server, [{ title: 'Oven', text: 'Dit is mijn oven.', clips: [photo('De oven'), photo()] }]);
  const page = await library(server, stories);
  await open(page, 'Oven');
  const small = page.getByRole('button', { name: 'De oven' });
  await small.press('Enter');
  const large = page.getByRole('dialog', { name: staffWords('part.large') });
  await expect(large.getByRole('img', { name: 'De oven' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(large).toBeHidden();
  await expect(small).toBeFocused();
  await expect(page.locator('.vp-open')).toBeVisible();
  await expect(page.getByRole('img', { name: staffWords('part.no_words') })).toBeVisible();
});

const looks = [
  { name: 'nl', language: 'nl', dark: false, size: { width: 390, height: 844 } },
  { name: 'rtl', language: 'qps', dark: false, size: { width: 390, height: 844 } },
  { name: 'laptop', language: 'nl', dark: false, size: { width: 1440, height: 900 } },
  { name: 'laptop-dark', language: 'nl', dark: true, size: { width: 1440, height: 900 } },
  { name: 'laptop-rtl', language: 'qps', dark: false, size: { width: 1440, height: 900 } },
] as const;

for (const look of looks) {
  test(`listening looks right and axe finds nothing, ${look.name}`, async ({ server }) => {
    const lost = { ...sound(1), bytes: Buffer.from('x') };
    const stories = await bring(server, [
      { title: 'Drie jaar thuis', text: 'Mijn zoon vroeg: wat doe jij eigenlijk?', clips: [] },
      { title: 'Eén handtekening', clips: [sound(118)] },
      { clips: [sound(46), lost] },
      { title: 'De geur van brood', text: 'Om vier uur ruikt de straat naar brood.', clips: [sound(94), photo('Mijn oven, met het eerste brood'), sound(40)], answered: true },
    ]);
    const page = await library(server, stories, look.size);
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    if (look.language !== 'nl') {
      await page.goto(`${server.url}/analyse?l=${look.language}`);
      await expect(page.locator('.vp-entry')).toHaveCount(4);
    }
    const inspect = async (screen: string) => {
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: path.join(pictures, `${look.name}-${screen}.png`) });
      const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
      if (look.language === 'qps') axe.disableRules(['html-lang-valid', 'valid-lang']);
      const { violations } = await axe.analyze();
      const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
      expect.soft(findings, `axe on ${screen} in ${look.name}`).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(wide, `${screen} in ${look.name} scrolls sideways`).toBeLessThanOrEqual(0);
    };
    await inspect('listening-list');
    await page.locator('.vp-entry', { hasText: 'De geur van brood' }).click();
    await page.locator('.vp-listen-to').click();
    await page.locator('.vp-player__play').click();
    await place(page).press('Home');
    for (let press = 0; press < 8; press += 1) await place(page).press('ArrowRight');
    await inspect('listening-open');
    await page.locator('.vp-open').evaluate((open) => open.scrollTo(0, 5_000));
    await inspect('listening-open-below');
    await page.goto(`${server.url}/analyse?l=${look.language}#${stories[2]!.id}`);
    await expect(page.locator('.vp-part--missing')).toHaveCount(1);
    await expect(page.locator('.vp-listen-to')).toBeVisible();
    await inspect('listening-parts');
    await page.locator('.vp-listen-to').click();
    await withdraw(server, stories[2]!);
    await expect(page.locator('.vp-player__says')).toBeVisible();
    await inspect('listening-withdrawn');
  });
}
