// What a teller does, in the words on the screen.

import { expect, type Locator, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const locale = (name: string) => JSON.parse(readFileSync(path.join(__dirname, `../../app/locales/${name}.json`), 'utf8'));
const nl = locale('nl/tell');
const staffNl = locale('nl/staff');
const ownNl = locale('nl/own');

/** The Dutch sentence of a key of the telling flow, with its braces filled. */
export function words(key: string, values: Record<string, string> = {}): string {
  return filled(nl, key, values);
}

/** The sentence of a key of the telling flow in another language. */
export function translated(language: string, key: string): string {
  return filled(locale(`${language}/tell`), key, {});
}

/** The Dutch sentence of a key of the staff pages. */
export function staffWords(key: string, values: Record<string, string> = {}): string {
  return filled(staffNl, key, values);
}

/** The Dutch sentence of a key of the pages for who comes back with a code. */
export function ownWords(key: string, values: Record<string, string> = {}): string {
  return filled(ownNl, key, values);
}

function filled(texts: Record<string, string>, key: string, values: Record<string, string>): string {
  const text = texts[key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

export const organisation = 'Gemeente Houten';

export function button(page: Page, key: string): Locator {
  return page.getByRole('button', { name: words(key), exact: true });
}

export function link(page: Page, key: string): Locator {
  return page.getByRole('link', { name: words(key), exact: true });
}

export function heading(page: Page, key: string): Locator {
  return page.getByRole('heading', { level: 1, name: words(key) });
}

/** A sentence people see, wherever on the screen; a copy for screen readers alone does not count. */
export function sentence(page: Page, key: string, values: Record<string, string> = {}): Locator {
  return sentences(page, key, values).first();
}

/** Every place where people see a sentence. */
export function sentences(page: Page, key: string, values: Record<string, string> = {}): Locator {
  return page.locator(':not(.vp-hidden)').and(page.getByText(words(key, values))).filter({ visible: true });
}

/** The paper one writes on. */
export function writing(page: Page): Locator {
  return page.locator('.vp-paper textarea');
}

/** Opens the join page and waits until it says that it works without internet. */
export async function joinAndSettle(page: Page, teller: string): Promise<void> {
  await page.goto(teller);
  await expect(sentence(page, 'join.offline')).toBeVisible({ timeout: 50_000 });
}

/** From the join page to the writing screen. */
export async function startWriting(page: Page): Promise<void> {
  await link(page, 'join.tell').click();
  await expect(heading(page, 'how.title')).toBeFocused();
  await button(page, 'how.write').click();
  await expect(writing(page)).toBeVisible();
}

/** Writes, and waits until the screen says that it is kept. */
export async function write(page: Page, text: string): Promise<void> {
  await writing(page).fill(text);
  await expect(sentence(page, 'write.saved')).toBeVisible();
}

export interface About {
  title?: string;
  tags?: string[];
  /** Answers the questions about the story by their first pole or corner, instead of saying that they do not fit. */
  answers?: boolean;
}

/** From the writing screen to the first consent question. */
export async function tellAbout(page: Page, about: About = {}): Promise<void> {
  await button(page, 'write.done').click();
  await nameIt(page, about);
}

/** From the name of a story to the first consent question. */
export async function nameIt(page: Page, about: About = {}): Promise<void> {
  await expect(heading(page, 'title.title')).toBeFocused();
  if (about.title) {
    await page.getByRole('textbox').fill(about.title);
    await button(page, 'common.next').click();
  } else {
    await button(page, 'common.skip').click();
  }
  await expect(heading(page, 'tags.title')).toBeFocused();
  for (const tag of about.tags ?? []) {
    await page.getByRole('button', { name: words(`tag.${tag}`), exact: true }).click();
  }
  await button(page, about.tags?.length ? 'common.next' : 'common.skip').click();
  await passQuestions(page, about.answers);
  await expect(heading(page, 'voice.title')).toBeFocused();
  await button(page, 'common.next').click();
  await expect(heading(page, 'consent.title')).toBeFocused();
}

/** Through the questions about the story: answered by a step towards the first pole, or none of them fits. */
export async function passQuestions(
  page: Page,
  answers = false,
  press = (control: Locator): Promise<void> => control.click(),
): Promise<void> {
  const title = page.getByRole('heading', { level: 1 });
  const question = page.locator('.vp-question');
  await expect(question.or(page.locator('.vp-voice-page'))).toBeVisible();
  while (await question.isVisible()) {
    const asked = await title.innerText();
    if (answers) await press(page.locator('.vp-pole').first());
    await press(page.locator(`.vp-feet--even .vp-btn--${answers ? 'main' : 'line'}`));
    await expect(title).not.toHaveText(asked);
  }
}

export const uses = ['analysis', 'meeting', 'report', 'public'] as const;
export type Use = (typeof uses)[number];

/** Answers one consent question with yes or no. */
export async function answer(page: Page, use: Use, yes: boolean): Promise<void> {
  await expect(sentence(page, `consent.${use}.ask`, { organisation })).toBeVisible();
  await page.getByRole('button', { name: words(`consent.${use}.${yes ? 'yes' : 'no'}`, { organisation }) }).click();
}

/** Answers all four questions and confirms. */
export async function consent(page: Page, yeses: readonly Use[] = ['analysis']): Promise<void> {
  await button(page, 'consent.start').click();
  for (const use of uses) await answer(page, use, yeses.includes(use));
  await expect(sentence(page, 'consent.recap.title')).toBeVisible();
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'done.thanks')).toBeFocused();
}

/**
 * The page hears otherwise of the project than the demonstration is, wherever it hears of it: `put` stands in the place
 * of `words`. Answers the bodies of what the page sends.
 */
export async function projectSays(page: Page, words: string, put: string): Promise<string[]> {
  const sent: string[] = [];
  await page.route(/\/(v\/houten|entry\/houten|sync)(\?.*)?$/, async (route) => {
    if (route.request().method() === 'POST') sent.push(route.request().postData() ?? '');
    const response = await route.fetch();
    const body = (await response.text()).replace(words, put);
    await route.fulfill({ response, body });
  });
  return sent;
}

/** A whole story, from the join page to the thank-you page. */
export async function tell(page: Page, teller: string, text: string, about: About = {}): Promise<void> {
  await page.goto(teller);
  await startWriting(page);
  await write(page, text);
  await tellAbout(page, about);
  await consent(page);
}

/** The state that says every byte arrived; the same words also name the last step of the way there. */
export function safe(page: Page): Locator {
  return page.locator('.vp-state--safe').filter({ hasText: words('state.safe') }).first();
}
