// The story stays the teller's: what staff do with a story, its teller sees, and nothing that is not so is said.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { bring, withdraw } from './hearable';
import { expect, test } from './server';
import { safe, sentence, staffWords, tell } from './telling';

const pictures = path.join(__dirname, '../screenshots');
mkdirSync(pictures, { recursive: true });

/** Promised is a second. */
const AT_ONCE = { timeout: 10_000 };

const act = (page: Page, key: string) => page.getByRole('button', { name: staffWords(key), exact: true });
const held = (page: Page) => page.locator('.vp-held .vp-entry');
const listed = (page: Page) => page.locator('main .vp-entry').filter({ hasNot: page.locator('h3') });

async function open(page: Page, title: string): Promise<void> {
  await page.locator('.vp-entry', { hasText: title }).click();
  await expect(page.locator('.vp-open').getByRole('heading', { level: 2, name: title })).toBeFocused();
}

/** Holds back what is open. */
async function holdBack(page: Page, ground: string, note: string): Promise<void> {
  await act(page, 'held.open').click();
  await act(page, 'held.hold').click();
  await expect(page.getByText(staffWords('held.choose'))).toBeVisible();
  await page.getByRole('radio', { name: staffWords(ground) }).check();
  await page.getByRole('textbox', { name: staffWords('held.note') }).fill(note);
  await act(page, 'held.hold').click();
}

test('wh2 a story that is held back is seen by managers and its teller alone, and can be let through', async ({ server, phone }) => {
  const teller = await phone.open();
  await tell(teller, server.links.teller, 'Mijn zus Anna werkt bij de bakker.', { title: 'Mijn zus' });
  await expect(safe(teller)).toBeVisible({ timeout: 50_000 });
  const [analyst, facilitator, manager] = [
    await server.staff('analyst'),
    await server.staff('facilitator'),
    await server.staff('manager'),
  ];
  for (const page of [analyst, facilitator, manager]) await open(page, 'Mijn zus');

  await holdBack(analyst, 'held.third_person', 'Haar broer belde.');
  await expect(analyst.locator('.vp-open')).toContainText(staffWords('held.done'), AT_ONCE);
  await expect(facilitator.locator('.vp-open')).toContainText(staffWords('story.gone'), AT_ONCE);
  await expect(facilitator.locator('.vp-open')).not.toContainText('Anna');
  await expect(facilitator.locator('.vp-open')).not.toContainText(staffWords('story.withdrawn'));
  for (const page of [analyst, facilitator]) {
    await expect(page.locator('.vp-entry')).toHaveCount(0);
    await expect(held(page)).toHaveCount(0);
  }
  // Who made a mistake takes it back at once.
  await act(analyst, 'held.undo').click();
  await expect(analyst.locator('.vp-open')).toContainText('Anna');
  await expect(facilitator.locator('.vp-entry')).toHaveCount(1, AT_ONCE);
  await holdBack(analyst, 'held.third_person', 'Haar broer belde.');

  // The manager reads it still, with who and why.
  await expect(held(manager)).toHaveCount(1, AT_ONCE);
  await expect(listed(manager)).toHaveCount(0);
  const panel = manager.locator('.vp-open');
  await expect(panel).toContainText('Anna');
  await expect(panel).toContainText('Haar broer belde.');
  await expect(panel).toContainText(staffWords('role.analyst'));

  // And so does its teller, in their words; what the note says is not for them.
  await teller.goto(`${server.url}/mine`);
  await expect(sentence(teller, 'held.hidden')).toBeVisible();
  await expect(sentence(teller, 'held.third_person')).toBeVisible();
  await expect(teller.locator('body')).not.toContainText('broer');

  await act(manager, 'held.let_through').click();
  await expect(listed(manager)).toHaveCount(1, AT_ONCE);
  await expect(held(manager)).toHaveCount(0);
  await expect(facilitator.locator('.vp-entry')).toHaveCount(1, AT_ONCE);
  await teller.reload();
  await expect(sentence(teller, 'held.hidden')).toBeHidden();
});

test('wh5 a manager who has open what is held back hears that its teller took it back', async ({ server }) => {
  const [story] = await bring(server, [{ title: 'Een proef', text: 'Test test.', clips: [] }]);
  const manager = await server.staff('manager');
  await open(manager, 'Een proef');
  await holdBack(manager, 'held.not_a_story', '');
  await expect(held(manager)).toHaveCount(1, AT_ONCE);
  await withdraw(server, story!);
  await expect(manager.locator('.vp-open')).toContainText(staffWords('story.withdrawn'), AT_ONCE);
  await expect(held(manager)).toHaveCount(0);
});

const looks = [
  { name: 'nl', language: 'nl', dark: false, size: { width: 390, height: 844 } },
  { name: 'nl-dark', language: 'nl', dark: true, size: { width: 390, height: 844 } },
  { name: 'rtl', language: 'qps', dark: false, size: { width: 390, height: 844 } },
  { name: 'laptop', language: 'nl', dark: false, size: { width: 1440, height: 900 } },
] as const;

for (const look of looks) {
  test(`holding back looks right and axe finds nothing, ${look.name}`, async ({ server, phone }) => {
    await bring(server, [
      { title: 'De geur van brood', text: 'Om vier uur ruikt de straat naar brood.', clips: [] },
      { title: 'Mijn buurvrouw', text: 'Zij durft niet meer naar buiten.', clips: [] },
    ]);
    const teller = await phone.open({ viewport: look.size, dark: look.dark });
    await tell(teller, server.links.teller, 'Mijn zus Anna werkt bij de bakker.', { title: 'Mijn zus' });
    await expect(safe(teller)).toBeVisible({ timeout: 50_000 });
    const page = await server.staff('manager', { viewport: look.size });
    const inspect = async (on: Page, screen: string) => {
      await on.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
      await on.evaluate(() => document.fonts.ready);
      await on.screenshot({ path: path.join(pictures, `${look.name}-${screen}.png`) });
      const axe = new AxeBuilder({ page: on }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
      if (look.language === 'qps') axe.disableRules(['html-lang-valid', 'valid-lang']);
      const { violations } = await axe.analyze();
      const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
      expect.soft(findings, `axe on ${screen} in ${look.name}`).toEqual([]);
      const wide = await on.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(wide, `${screen} in ${look.name} scrolls sideways`).toBeLessThanOrEqual(0);
    };
    await page.goto(`${server.url}/analyse?l=${look.language}`);
    await open(page, 'Mijn zus');
    const hold = page.locator('.vp-hold');
    await hold.getByRole('button').first().click();
    await hold.getByRole('radio').first().check();
    await hold.getByRole('textbox').fill('Haar broer belde.');
    await hold.scrollIntoViewIfNeeded();
    await inspect(page, 'held-form');
    await hold.locator('.vp-hold__ways').getByRole('button').first().click();
    await expect(page.locator('.vp-hold.is-held')).toBeVisible();
    await page.locator('.vp-hold').scrollIntoViewIfNeeded();
    await inspect(page, 'held-open');
    await page.keyboard.press('Escape');
    await page.locator('.vp-held').scrollIntoViewIfNeeded();
    await inspect(page, 'held-list');
    await teller.goto(`${server.url}/mine?l=${look.language}`);
    await expect(teller.locator('.vp-story .vp-notice')).toBeVisible();
    await inspect(teller, 'held-mine');
  });
}
