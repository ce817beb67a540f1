// Every screen: axe finds nothing in light, dark and right to left; nothing scrolls sideways; the next step is in view.
// The pictures are kept in end2end/screenshots for eyes to look at.

import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './server';
import type { Page } from '@playwright/test';
import { projectSays } from './telling';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

const pictures = path.join(__dirname, '../screenshots');
mkdirSync(pictures, { recursive: true });

const story = 'Ik werk al acht jaar bij de bakker. Om vier uur ruikt de straat naar brood.';

interface Look {
  name: string;
  language: 'nl' | 'en' | 'ar' | 'qps';
  dark: boolean;
  size: { width: number; height: number };
}

const looks: Look[] = [
  { name: 'nl', language: 'nl', dark: false, size: { width: 390, height: 844 } },
  { name: 'nl-dark', language: 'nl', dark: true, size: { width: 390, height: 844 } },
  { name: 'rtl', language: 'qps', dark: false, size: { width: 390, height: 844 } },
  { name: 'ar', language: 'ar', dark: true, size: { width: 360, height: 560 } },
  { name: 'small', language: 'en', dark: false, size: { width: 360, height: 560 } },
  { name: 'laptop', language: 'nl', dark: false, size: { width: 1440, height: 900 } },
];

/** Looks at the screen as it stands: accessibility, width, title, and a picture for people. */
async function inspect(page: Page, look: Look, screen: string): Promise<void> {
  await expect(page.getByRole('heading').first()).toBeVisible();
  expect.soft(await page.getByRole('heading', { level: 1 }).count(), `main headings of ${screen}`).toBeLessThanOrEqual(1);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: path.join(pictures, `${look.name}-${screen}.png`) });
  // On a sheet as tall as the page, so that what has scrolled half under the fixed foot is not called too small.
  await page.setViewportSize({ width: look.size.width, height: 2400 });
  const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  // The pseudo-language is no language; that is its point.
  if (look.language === 'qps') axe.disableRules(['html-lang-valid', 'valid-lang']);
  const { violations } = await axe.analyze();
  await page.setViewportSize(look.size);
  const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
  expect.soft(findings, `axe on ${screen} in ${look.name}`).toEqual([]);
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    client: document.documentElement.clientWidth,
  }));
  expect.soft(scroll, `${screen} in ${look.name} scrolls sideways`).toBeLessThanOrEqual(client);
  await expect.soft(page).toHaveTitle('Vertelpunt');
  const main = page.locator('.vp-btn--main').first();
  if ((await main.count()) > 0 && !screen.startsWith('trust')) {
    await expect.soft(main, `the next step on ${screen} in ${look.name}`).toBeInViewport({ ratio: 0.9 });
  }
}

for (const look of looks) {
  test(`every screen of the telling flow, ${look.name}`, async ({ server, phone }) => {
    const page = await phone.open({ viewport: look.size, dark: look.dark });
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    // A phone with a voice for every language: so that the ear is in the bar.
    await page.addInitScript((lang) => {
      speechSynthesis.getVoices = () => [{ lang, localService: true } as SpeechSynthesisVoice];
    }, look.language);
    await page.goto(`${server.links.teller}?l=${look.language}`);
    await expect(page.locator('html')).toHaveAttribute('lang', look.language);
    const at = (screen: string) => inspect(page, look, screen);
    const main = page.locator('.vp-btn--main').first();
    const arrived = (route: string) => page.waitForURL((url) => url.pathname === route);

    await expect(page.locator('.vp-ear')).toBeVisible();
    await at('join');
    await page.goto(`${server.links.teller}/who?l=${look.language}`);
    await at('who');
    await page.goto(`${server.url}/mine?l=${look.language}`);
    await at('mine-empty');
    await page.goto(`${server.links.teller}?l=${look.language}`);
    await main.click();
    await arrived('/tell/how');
    await at('how');
    await expect(page.locator('.vp-ear')).toBeInViewport({ ratio: 1 });
    const tiles = page.locator('.vp-tile');
    await tiles.nth(1).click();
    await at('together');
    await page.locator('.vp-top button.vp-round').click();
    await tiles.nth(2).click();
    await arrived('/tell/write');
    await main.click();
    await at('write-empty');
    await page.getByRole('textbox').fill(story);
    await at('write');
    await main.click();
    await arrived('/tell/title');
    await at('title');
    await page.getByRole('textbox').fill('De geur van brood');
    await main.click();
    await arrived('/tell/tags');
    await tiles.nth(0).click();
    await at('tags');
    await main.click();
    await arrived('/tell/question');
    await at('question-slider-empty');
    await page.locator('.vp-pole').last().click();
    await page.locator('.vp-pole').last().click();
    await at('question-slider');
    await main.click();
    await expect(page.locator('.vp-triangle')).toBeVisible();
    await at('question-practice');
    await page.locator('.vp-pole').nth(1).click();
    await main.click();
    await expect(page.locator('.vp-reading')).toBeEmpty();
    await main.click();
    await at('question-triangle-empty');
    for (const corner of [0, 0, 2]) await page.locator('.vp-pole').nth(corner).click();
    await at('question-triangle');
    await page.locator('.vp-triangle__words button').click();
    await expect(page.getByRole('radio')).toHaveCount(9);
    await at('question-triangle-words');
    await main.click();
    await arrived('/tell/voice');
    await at('voice');
    await main.click();
    await arrived('/tell/consent');
    await at('consent-intro');
    await main.click();
    for (const use of ['analysis', 'meeting', 'report', 'public']) {
      const answers = page.locator('.vp-yesno button');
      await expect(answers).toHaveCount(2);
      await at(`consent-${use}`);
      await answers.nth(use === 'public' ? 1 : 0).click();
    }
    await expect(page.locator('.vp-recap')).toBeVisible();
    await at('consent-recap');
    await main.click();
    await arrived('/tell/done');
    await expect(page.locator('.vp-state--safe').first()).toBeVisible({ timeout: 50_000 });
    await at('done');
    await main.click();
    await arrived('/tell/code');
    await at('code');
    await page.goto(`${server.url}/mine?l=${look.language}`);
    await expect(page.locator('.vp-story').first()).toBeVisible();
    await at('mine');
    await page.goto(`${server.url}/story?l=${look.language}`);
    await at('story');
    await page.goto(`${server.url}/nowhere?l=${look.language}`);
    await at('unknown');
    await page.goto(`${server.url}/?l=${look.language}`);
    await at('front');
    await page.goto(`${server.url}/trust?l=${look.language}`);
    await at('trust');
  });

  test(`every screen of telling aloud, ${look.name}`, async ({ server, phone }) => {
    const page = await phone.open({ viewport: look.size, dark: look.dark, microphone: 'allowed' });
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    await page.goto(`${server.links.teller}?l=${look.language}`);
    await expect(page.locator('html')).toHaveAttribute('lang', look.language);
    const circle = page.locator('.vp-circle--voice');
    const at = async (screen: string) => {
      await inspect(page, look, screen);
      if ((await circle.count()) > 0) {
        await expect.soft(circle.locator('i'), `the circle on ${screen} in ${look.name}`).toBeInViewport({ ratio: 1 });
      }
    };

    await page.locator('.vp-btn--main').first().click();
    await page.locator('.vp-tile').nth(0).click();
    await expect(circle).toBeVisible();
    await at('record-idle');
    await circle.click();
    await expect(page.locator('.vp-rec.is-on .vp-ring__time b')).toHaveText(/0:0[3-9]/);
    await at('record-on');
    await circle.click();
    await expect(page.locator('.vp-rec.is-on')).toHaveCount(0);
    await at('record-paused');
    await page.locator('.vp-circle--done').click();
    await page.waitForURL((url) => url.pathname === '/tell/listen');
    await expect(page.locator('.vp-play')).toBeVisible();
    await at('listen');
    await page.locator('.vp-feet__even .vp-btn').last().click();
    await at('listen-again');
    await page.locator('.vp-yesno .vp-btn').first().click();
    await expect(circle).toBeVisible();
    await at('record-aside');
    await page.locator('.vp-notice .vp-btn').first().click();
    await page.goto(`${server.url}/tell/how?l=${look.language}`);
    await expect(page.locator('.vp-here')).toBeVisible();
    await at('still-here');
  });

  test(`every screen of two voices, one of them younger than 16, ${look.name}`, async ({ server, phone }) => {
    const page = await phone.open({ viewport: look.size, dark: look.dark });
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    await projectSays(page, '"signifiers":[', '"under_16":"guardian","signifiers":[');
    await page.goto(`${server.links.teller}?l=${look.language}`);
    await expect(page.locator('html')).toHaveAttribute('lang', look.language);
    const main = page.locator('.vp-btn--main');
    const answers = page.locator('.vp-yesno button');
    const at = (screen: string) => inspect(page, look, screen);

    await main.first().click();
    await page.locator('.vp-tile').nth(1).click();
    await at('together-two-ways');
    await page.locator('.vp-feet .vp-btn--line').click();
    await page.locator('.vp-paper textarea').fill('Wij praten over werk.');
    await main.click();
    await page.waitForURL((url) => url.pathname === '/tell/title');
    await page.goto(`${server.url}/tell/consent?l=${look.language}`);
    await at('consent-intro-together');
    for (const [voice, age] of [['first', 0], ['second', 1]] as const) {
      await main.click();
      await expect(page).toHaveURL(/#age$/);
      await at(`consent-age-${voice}`);
      await answers.nth(age).click();
      for (const card of ['1', '2', '3', '4']) {
        await expect(page).toHaveURL(new RegExp(`#${card}$`));
        await answers.nth(card === '1' ? 0 : 1).click();
      }
      await expect(page.locator('.vp-recap')).toBeVisible();
      await main.click();
      if (voice === 'first') {
        await expect(page.locator('.vp-recap')).toHaveCount(0);
        await at('consent-hand-over');
        await main.click();
        await expect(page).toHaveURL(/consent[^#]*#?$/);
      }
    }
    await expect(answers).toHaveCount(2);
    await at('consent-guardian');
    await answers.first().click();
    await page.waitForURL((url) => url.pathname === '/tell/done');
    await expect(page.locator('.vp-state--safe').first()).toBeVisible({ timeout: 50_000 });
    await at('done-together');
    await main.click();
    await expect(page.locator('.vp-ways button')).toHaveCount(2);
    await at('code-whose');
    await page.locator('.vp-ways button').last().click();
    await expect(page.locator('.vp-ticket')).toBeVisible();
    await at('code-second');
    await page.goto(`${server.url}/mine/choices?l=${look.language}`);
    await expect(page.locator('.vp-ways button')).toHaveCount(2);
    await at('choices-who');
    await page.locator('.vp-ways button').last().click();
    await page.locator('.vp-yesno--small button').nth(2).click();
    await expect(page.locator('.vp-notice__ways')).toBeVisible();
    await at('choices-guardian');
  });

  test(`the microphone is still off, ${look.name}`, async ({ server, phone }) => {
    const page = await phone.open({ viewport: look.size, dark: look.dark, microphone: 'refused' });
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    await page.goto(`${server.links.teller}?l=${look.language}`);
    await expect(page.locator('html')).toHaveAttribute('lang', look.language);
    await page.locator('.vp-btn--main').first().click();
    await page.locator('.vp-tile').nth(0).click();
    await page.locator('.vp-circle--voice').click();
    await expect(page.locator('.vp-calm')).toBeVisible();
    await inspect(page, look, 'microphone-off');
    await page.locator('.vp-btn--main').first().click();
    await expect(page.locator('.vp-rec-steps')).toBeVisible();
    await inspect(page, look, 'microphone-off-steps');
  });

  test(`every screen of staff, ${look.name}`, async ({ server, phone }) => {
    const teller = await phone.open();
    await server.tellStories(teller, 2);
    await server.tellAnswered(teller);
    const page = await server.staff('analyst', { viewport: look.size });
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    if (look.language !== 'nl') {
      await page.goto(`${server.url}/analyse?l=${look.language}`);
    }
    await expect(page.locator('.vp-entry')).toHaveCount(3);
    await inspect(page, look, 'library');
    await page.locator('.vp-entry').first().click();
    await expect(page.locator('.vp-open__text')).toBeVisible();
    await inspect(page, look, 'library-open');
    await page.goto(`${server.url}/sign-in#00`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await inspect(page, look, 'sign-in-expired');
  });
}
