// The questions about a story: by finger, by keyboard alone, right to left; skipped; and read in the library.

import { expect, test, type Phone, type Server } from './server';
import type { Locator, Page } from '@playwright/test';
import { button, consent, heading, projectSays, safe, sentence, startWriting, translated, words, write } from './telling';

const slider = 'Wie koos in jouw verhaal?';
const triangle = 'Wat was werk in jouw verhaal?';

interface Answered {
  question: string;
  answer: unknown;
}

const title = (page: Page) => page.getByRole('heading', { level: 1 });
const next = (page: Page) => page.locator('.vp-btn--main').click();

/** A story up to the first question about it, in the words of any language. */
async function toQuestions(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await next(page);
  await page.waitForURL(/\/tell\/how/);
  await page.locator('.vp-tile').nth(2).click();
  await page.getByRole('textbox').fill('Ik werk al acht jaar bij de bakker.');
  await next(page);
  await page.waitForURL('**/tell/title');
  await page.locator('.vp-feet--even .vp-btn--line').click();
  await page.waitForURL('**/tell/tags');
  await page.locator('.vp-feet--even .vp-btn--line').click();
  await page.waitForURL('**/tell/question');
  await expect(page.locator('.vp-slider')).toBeVisible();
}

/** What this phone keeps of the answers in the newest draft, which is stored when one goes on. */
async function kept(page: Page): Promise<Answered[]> {
  const drafts = await page.evaluate(async () => {
    const found: { kept_at: number; answers?: unknown }[] = [];
    for (const { name } of await indexedDB.databases()) {
      const opening = indexedDB.open(name!);
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const db = opening.result;
      for (const store of db.objectStoreNames) {
        const all = db.transaction(store).objectStore(store).getAll();
        await new Promise((resolve) => (all.onsuccess = resolve));
        for (const value of all.result) {
          const text = typeof value === 'string' ? value : JSON.stringify(value);
          if (text.startsWith('{') && text.includes('"kept_at"')) found.push(JSON.parse(text));
        }
      }
      db.close();
    }
    return found.sort((a, b) => b.kept_at - a.kept_at);
  });
  return (drafts[0]?.answers ?? []) as Answered[];
}

/** A tap with a finger, `across` counted from the left of the screen. */
async function tap(page: Page, on: Locator, across: number, down: number): Promise<void> {
  await on.scrollIntoViewIfNeeded();
  const box = (await on.boundingBox())!;
  await page.touchscreen.tap(box.x + box.width * across, box.y + box.height * down);
}

const plane = (page: Page) => page.locator('.vp-triangle__plane');
const bar = (page: Page) => page.getByRole('slider');
const reading = (page: Page) => page.locator('.vp-reading');

/** Past the practice with food, which is only there the first time. */
async function practise(page: Page): Promise<void> {
  await expect(title(page)).toHaveText(words('question.practice_title'));
  await tap(page, plane(page), 0.5, 0.1);
  await expect(reading(page)).toHaveText(words('question.mostly', { what: words('question.sweet') }));
  await next(page);
  await expect(title(page)).toHaveText(triangle);
  await expect(title(page)).toBeFocused();
}

test('by touch: nothing is preset, a tap and a drag answer, and the analyst reads it', async ({ server, phone }) => {
  const page = await phone.open();
  await toQuestions(page, server.links.teller);
  await expect(title(page)).toHaveText(slider);
  await expect(page.locator('.vp-dot')).toHaveCount(0);
  await next(page);
  await expect(sentence(page, 'question.empty')).toBeVisible();
  await tap(page, bar(page), 0.85, 0.5);
  await expect(reading(page)).toHaveText(words('question.mostly', { what: 'anderen' }));
  await expect(sentence(page, 'question.empty')).toHaveCount(0);
  await next(page);
  await practise(page);
  // What was practised is nowhere.
  await expect(page.locator('.vp-dot')).toHaveCount(0);
  await tap(page, plane(page), 0.5, 0.63);
  await expect(reading(page)).toHaveText(words('question.all'));
  const box = (await plane(page).boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.6);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.8, { steps: 5 });
  await page.mouse.move(box.x + box.width * 1.2, box.y + box.height * 1.1, { steps: 5 });
  await page.mouse.up();
  await expect(reading(page)).toHaveText(words('question.mostly', { what: 'erbij horen' }));
  await page.mouse.move(box.x + 20, box.y + 20);
  await expect(reading(page)).toHaveText(words('question.mostly', { what: 'erbij horen' }));
  await next(page);
  await expect(heading(page, 'voice.title')).toBeFocused();
  expect((await kept(page)).map(({ answer }) => answer)).toEqual([
    { slider: { towards: 'others', by: expect.any(Number) } },
    { triangle: { shares: { belonging: 100, money: 0, proud: 0 } } },
  ]);
  await next(page);
  await consent(page);
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });

  const analyst = await server.staff('analyst');
  await analyst.locator('.vp-entry').first().click();
  const answers = analyst.locator('.vp-answers');
  await expect(answers).toContainText(slider);
  await expect(answers).toContainText(words('question.mostly', { what: 'anderen' }));
  await expect(answers).toContainText(triangle);
  await expect(answers).toContainText(words('question.mostly', { what: 'erbij horen' }));
});

test('by keyboard alone: arrows, then three questions in words', async ({ server, phone }) => {
  const page = await phone.open();
  await toQuestions(page, server.links.teller);
  const reach = async (wanted: Locator) => {
    for (let presses = 0; presses < 40; presses += 1) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error('the keyboard does not reach it');
  };
  await expect(title(page)).toBeFocused();
  await reach(bar(page));
  await expect(bar(page)).toHaveAttribute('aria-valuetext', words('question.no_dot'));
  await page.keyboard.press('ArrowLeft');
  await expect(bar(page)).toHaveAttribute('aria-valuetext', words('question.bit', { what: 'ikzelf' }));
  await page.keyboard.press('End');
  await expect(bar(page)).toHaveAttribute('aria-valuenow', '100');
  await page.keyboard.press('Home');
  await reach(page.locator('.vp-btn--main'));
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText(words('question.practice_title'));
  await expect(title(page)).toBeFocused();
  // The practice may be skipped as well.
  await reach(button(page, 'common.skip'));
  await page.keyboard.press('Enter');
  await expect(title(page)).toHaveText(triangle);
  await expect(title(page)).toBeFocused();
  await reach(button(page, 'question.in_words'));
  await page.keyboard.press('Enter');
  for (const [corner, level] of [['trots zijn', 'some'], ['geld', 'much'], ['erbij horen', 'little']] as const) {
    const group = page.getByRole('group', { name: corner });
    await expect(page.locator('.vp-dot')).toHaveCount(0);
    await reach(group.getByRole('radio').first());
    await page.keyboard.press('Space');
    for (let presses = 0; !(await group.getByLabel(words(`question.${level}`)).isChecked()); presses += 1) {
      expect(presses).toBeLessThan(4);
      await page.keyboard.press('ArrowDown');
    }
  }
  await expect(page.locator('.vp-dot')).toHaveCount(1);
  await expect(reading(page)).toContainText(words('question.mostly', { what: 'geld' }));
  await reach(page.locator('.vp-btn--main'));
  await page.keyboard.press('Enter');
  await expect(heading(page, 'voice.title')).toBeFocused();
  expect((await kept(page)).map(({ answer }) => answer)).toEqual([
    { slider: { towards: 'me', by: 100 } },
    { triangle: { shares: { belonging: 0, money: 67, proud: 33 } } },
  ]);
});

/** Answers by finger, as a mirror of one another in the two directions, and says what is kept. */
async function answered(phone: Phone, server: Server, language: 'nl' | 'ar'): Promise<unknown[]> {
  const page = await phone.open();
  await toQuestions(page, `${server.links.teller}?l=${language}`);
  const from = (share: number) => (language === 'ar' ? 1 - share : share);
  await tap(page, bar(page), from(0.25), 0.5);
  await bar(page).focus();
  await page.keyboard.press(language === 'ar' ? 'ArrowRight' : 'ArrowLeft');
  await next(page);
  await expect(page.locator('.vp-triangle')).toBeVisible();
  // Whether this phone knows triangles is a convenience, which a killed browser may have forgotten.
  if ((await title(page).innerText()) === translated(language, 'question.practice_title')) {
    await page.locator('.vp-feet--even .vp-btn--line').click();
    await expect(title(page)).not.toHaveText(translated(language, 'question.practice_title'));
  }
  await tap(page, plane(page), from(0.25), 0.75);
  await next(page);
  await page.waitForURL('**/tell/voice');
  const answers = await kept(page);
  await phone.kill();
  return answers.map(({ answer }) => answer);
}

test('sg6 right to left keeps the same answers', async ({ server, phone }) => {
  const leftToRight = await answered(phone, server, 'nl');
  expect(leftToRight).toEqual([
    { slider: { towards: 'me', by: expect.any(Number) } },
    { triangle: { shares: { belonging: expect.any(Number), money: expect.any(Number), proud: expect.any(Number) } } },
  ]);
  const rightToLeft = await answered(phone, server, 'ar');
  const numbers = (answers: unknown[]) => (JSON.stringify(answers).match(/\d+/g) ?? []).map(Number);
  const shape = (answers: unknown[]) => JSON.stringify(answers).replace(/\d+/g, '#');
  expect(shape(rightToLeft)).toBe(shape(leftToRight));
  // A finger lands on whole pixels.
  numbers(leftToRight).forEach((number, place) => {
    expect(Math.abs(number - numbers(rightToLeft)[place]!)).toBeLessThanOrEqual(2);
  });
});

test('sg8 does not fit is kept as that, back and a reload keep what was answered', async ({ server, phone }) => {
  const page = await phone.open();
  await toQuestions(page, server.links.teller);
  await page.locator('.vp-pole').first().click();
  await next(page);
  await button(page, 'common.skip').click();
  await expect(title(page)).toHaveText(triangle);
  await button(page, 'question.does_not_fit').click();
  await expect(heading(page, 'voice.title')).toBeFocused();
  await page.getByRole('link', { name: words('frame.back') }).click();
  await expect(title(page)).toHaveText(triangle);
  await expect(reading(page)).toHaveText(words('question.does_not_fit'));
  await page.getByRole('button', { name: words('frame.back') }).click();
  await expect(title(page)).toHaveText(slider);
  await expect(page.locator('.vp-dot')).toHaveCount(1);
  await page.reload();
  await expect(title(page)).toHaveText(slider);
  await expect(reading(page)).toHaveText(words('question.bit', { what: 'ikzelf' }));
  expect(new URL(page.url()).hash + new URL(page.url()).search).toBe('');
  await next(page);
  await expect(title(page)).toHaveText(triangle);
  await next(page);
  await expect(heading(page, 'voice.title')).toBeFocused();
  expect((await kept(page)).map(({ answer }) => answer)).toEqual([{ slider: { towards: 'me', by: 20 } }, 'does_not_fit']);
});

test('sg3 a choice is made with tiles, in any order, and may be skipped', async ({ server, phone }) => {
  const page = await phone.open();
  const option = (id: string) => ({ id, words: { nl: id } });
  const choice = {
    id: '0b3f6d0e-5a0c-4d52-9d61-6c0f6a1e2b11',
    question: { nl: 'Waar was het?' },
    kind: { choice: { options: ['thuis', 'straat', 'werk'].map(option), many: true } },
  };
  // The demonstration asks none.
  await projectSays(page, '"signifiers":[', `"signifiers":[${JSON.stringify(choice)},`);
  await page.goto(server.links.teller);
  await startWriting(page);
  await write(page, 'Ik werk graag.');
  await button(page, 'write.done').click();
  await button(page, 'common.skip').click();
  await expect(heading(page, 'tags.title')).toBeFocused();
  await button(page, 'common.skip').click();
  await expect(title(page)).toHaveText('Waar was het?');
  await next(page);
  await expect(sentence(page, 'question.choice_empty')).toBeVisible();
  for (const id of ['werk', 'straat', 'thuis', 'straat']) await page.getByRole('button', { name: id, exact: true }).click();
  await next(page);
  await expect(title(page)).toHaveText(slider);
  expect((await kept(page))[0]?.answer).toEqual({ choice: ['thuis', 'werk'] });
  await page.getByRole('button', { name: words('frame.back') }).click();
  await expect(page.locator('.vp-tile[aria-pressed="true"]')).toHaveCount(2);
  await button(page, 'common.skip').click();
  await expect(title(page)).toHaveText(slider);
  await expect.poll(() => kept(page)).toEqual([]);
  expect(translated('en', 'question.does_not_fit')).not.toBe(words('question.does_not_fit'));
});
