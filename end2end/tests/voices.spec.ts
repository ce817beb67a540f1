// Two voices in one story, tellers younger than 16, and how long a project lets one record.

import { createHash, randomUUID } from 'node:crypto';
import { keyOf } from './code';
import { expect, test, type Server } from './server';
import type { Page } from '@playwright/test';
import {
  answer, button, heading, link, organisation, projectSays, safe, sentence, startWriting, tellAbout, uses, words, write, type Use,
} from './telling';

const story = 'Wij praten over het werk bij de bakker.';

/** Two write one story together, up to the first consent question of the first. */
async function writeTogether(page: Page, server: Server): Promise<void> {
  await page.goto(server.links.teller);
  await link(page, 'join.tell').click();
  await button(page, 'how.together').click();
  await expect(heading(page, 'together.title')).toBeFocused();
  await button(page, 'record.write').click();
  await write(page, story);
  await tellAbout(page);
  await expect(sentence(page, 'consent.together')).toBeVisible();
}

/** One voice answers all four; nothing is chosen beforehand. */
async function answerAll(page: Page, yeses: readonly Use[]): Promise<void> {
  await button(page, 'consent.start').click();
  for (const use of uses) {
    await expect(sentence(page, `consent.${use}.ask`, { organisation })).toBeVisible();
    await expect(page.locator('[aria-pressed="true"]')).toHaveCount(0);
    await answer(page, use, yeses.includes(use));
  }
  await expect(heading(page, 'consent.recap.title')).toBeFocused();
}

/** The phone goes from the first voice to the second. */
async function handOver(page: Page): Promise<void> {
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'consent.hand.title')).toBeFocused();
  await button(page, 'consent.hand.ready').click();
  await expect(heading(page, 'consent.title')).toBeFocused();
}

async function tellTogether(page: Page, server: Server, first: readonly Use[], second: readonly Use[]): Promise<void> {
  await writeTogether(page, server);
  await answerAll(page, first);
  await handOver(page);
  await answerAll(page, second);
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'done.thanks')).toBeFocused();
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
}

/** The words of one voice's code, from the screen that asks whose it is and back to it. */
async function codeOf(page: Page, voice: 'first' | 'second'): Promise<string[]> {
  await button(page, `voices.for_${voice}`).click();
  await expect(heading(page, 'code.title')).toBeFocused();
  await expect(sentence(page, `voices.for_${voice}`)).toBeVisible();
  const nine = await page.locator('.vp-ticket__words li').allInnerTexts();
  await button(page, 'common.later').click();
  await expect(heading(page, 'code.together')).toBeFocused();
  return nine;
}

/** What the library says of the four uses of its one story. */
function shown(analyst: Page) {
  return expect(analyst.locator('.vp-entry .vp-uses').first());
}

test('co12 each voice answers for itself, the stricter counts, and the second one takes it back', async ({ server, phone }) => {
  const page = await phone.open();
  await writeTogether(page, server);
  await answerAll(page, ['analysis', 'meeting', 'public']);
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'consent.hand.title')).toBeFocused();
  // Whoever holds the phone now sees nothing of the answers, also after a reload and with the phone's own back.
  await page.reload();
  await expect(heading(page, 'consent.hand.title')).toBeVisible();
  await page.goBack();
  await expect(heading(page, 'consent.hand.title')).toBeVisible();
  await expect(page.locator('.vp-recap')).toHaveCount(0);
  // The first may still change something, and hands it over again.
  await button(page, 'consent.recap.change').click();
  await expect(heading(page, 'consent.recap.title')).toBeFocused();
  await handOver(page);
  await page.goBack();
  await expect(page.locator('.vp-recap')).toHaveCount(0);
  await expect(page.locator('[aria-pressed="true"]')).toHaveCount(0);
  await page.goForward();
  await answerAll(page, ['analysis', 'report', 'public']);
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'done.thanks')).toBeFocused();
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });

  const analyst = await server.staff('analyst');
  await shown(analyst).toContainText('Luisteren: ja');
  await shown(analyst).toContainText('Bijeenkomst: nee');
  await shown(analyst).toContainText('Verslag: nee');
  await shown(analyst).toContainText('Iedereen: ja');

  await button(page, 'done.keep_codes').click();
  await expect(heading(page, 'code.together')).toBeFocused();
  const [first, second] = [await codeOf(page, 'first'), await codeOf(page, 'second')];
  expect(first).toHaveLength(9);
  expect(second).toHaveLength(9);
  expect(first).not.toEqual(second);

  await analyst.locator('.vp-entry').first().click();
  await expect(analyst.getByText(story)).toBeVisible();
  const id = new URL(analyst.url()).hash.slice(1);
  const withdraw = async (key: string) => {
    const command = { withdraw_story: { story: id } };
    const response = await page.request.post(`${server.url}/api/v1/sync`, {
      headers: { 'story-keys': key },
      data: { protocol: 1, nonce: '0'.repeat(32), push: [{ id: randomUUID(), sequence: 1, command }] },
    });
    return JSON.stringify((await response.json()).outcomes[0].verdict);
  };
  const stranger = createHash('sha256').update('somebody else').digest('hex');
  expect(await withdraw(stranger)).toContain('story_unknown');
  expect(await withdraw(keyOf(second))).toContain('committed');
  await expect(analyst.locator('.vp-entry')).toHaveCount(0);
});

test('co13 the second voice says no to the first question, and nothing leaves the phone', async ({ server, phone }) => {
  const page = await phone.open();
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') sent.push(request.postData() ?? '');
  });
  await writeTogether(page, server);
  await answerAll(page, [...uses]);
  await handOver(page);
  await button(page, 'consent.start').click();
  await answer(page, 'analysis', false);
  await expect(heading(page, 'consent.stays.title')).toBeFocused();
  await button(page, 'consent.stays.keep').click();
  await expect(heading(page, 'mine.title')).toBeVisible();
  await expect(sentence(page, 'state.stays')).toBeVisible();
  expect(sent.filter((body) => body.includes('bakker'))).toEqual([]);
});

test('co14 my stories ask who one is before choices are changed', async ({ server, phone }) => {
  const page = await phone.open();
  await tellTogether(page, server, [...uses], [...uses]);
  const analyst = await server.staff('analyst');
  await shown(analyst).toContainText('Verslag: ja');
  const change = async (voice: 'first' | 'second', use: Use, yes: boolean) => {
    await page.goto(`${server.url}/mine`);
    await button(page, 'mine.choices').click();
    await expect(heading(page, 'voices.who')).toBeVisible();
    await button(page, `voices.i_${voice}`).click();
    await expect(heading(page, 'choices.title')).toBeFocused();
    const wish = page.getByRole('button', { name: words(`consent.${use}.${yes ? 'yes' : 'no'}`, { organisation }) });
    const before = page.getByRole('button', { name: words(`consent.${use}.${yes ? 'no' : 'yes'}`, { organisation }) });
    await expect(before).toHaveAttribute('aria-pressed', 'true');
    await wish.click();
    await expect(wish).toHaveAttribute('aria-pressed', 'true');
    await expect(sentence(page, 'state.choice_applied')).toBeVisible({ timeout: 50_000 });
  };
  await change('second', 'report', false);
  await shown(analyst).toContainText('Verslag: nee');
  await shown(analyst).toContainText('Bijeenkomst: ja');
  // The first one's own answer is still yes; what both said counts.
  await change('first', 'report', false);
  await change('first', 'report', true);
  await shown(analyst).toContainText('Verslag: nee');
  await change('second', 'report', true);
  await shown(analyst).toContainText('Verslag: ja');
});

/** The demonstration says none of these. */
const says = (page: Page, said: string) => projectSays(page, '"signifiers":[', `${said},"signifiers":[`);

async function writeAlone(page: Page, server: Server): Promise<void> {
  await page.goto(server.links.teller);
  await startWriting(page);
  await write(page, 'Na school werk ik bij de bakker.');
  await tellAbout(page);
}

test('co16 who is 16 or older is asked once, and tells nobody so', async ({ server, phone }) => {
  const page = await phone.open();
  const sent = await says(page, '"under_16":"guardian"');
  await writeAlone(page, server);
  await button(page, 'consent.start').click();
  await expect(heading(page, 'consent.age.ask')).toBeFocused();
  await expect(page.locator('[aria-pressed="true"]')).toHaveCount(0);
  await button(page, 'consent.age.yes').click();
  for (const use of uses) await answer(page, use, use === 'analysis');
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'done.thanks')).toBeFocused();
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  const command = sent.find((body) => body.includes('finalize_story'))!;
  expect(command).toContain('bakker');
  expect(command).not.toMatch(/guardian|younger|sixteen|"age"/);
});

test('co17 under 16 a parent or guardian says yes as well, or the story stays', async ({ server, phone }) => {
  const page = await phone.open();
  const sent = await says(page, '"under_16":"guardian"');
  await writeAlone(page, server);
  await button(page, 'consent.start').click();
  await button(page, 'consent.age.no').click();
  for (const use of uses) await answer(page, use, use === 'analysis' || use === 'report');
  await button(page, 'consent.recap.confirm').click();
  await expect(heading(page, 'consent.guardian.ask')).toBeFocused();
  await expect(page.locator('.vp-recap li')).toHaveCount(4);
  await expect(page.locator('[aria-pressed="true"]')).toHaveCount(0);
  await button(page, 'consent.guardian.no').click();
  await expect(heading(page, 'consent.stays.title')).toBeFocused();
  await button(page, 'consent.stays.keep').click();
  await expect(sentence(page, 'state.stays')).toBeVisible();
  expect(sent.filter((body) => body.includes('bakker'))).toEqual([]);

  await button(page, 'mine.go_on').click();
  await tellAbout(page);
  await button(page, 'consent.start').click();
  await expect(heading(page, 'consent.recap.title')).toBeFocused();
  await button(page, 'consent.recap.confirm').click();
  await button(page, 'consent.guardian.yes').click();
  await expect(heading(page, 'done.thanks')).toBeFocused();
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  expect(sent.find((body) => body.includes('finalize_story'))).toContain('"guardian":"yes"');

  // CO18: more than that is asked of them again.
  await page.goto(`${server.url}/mine`);
  await button(page, 'mine.choices').click();
  const meeting = page.getByRole('button', { name: words('consent.meeting.yes', { organisation }) });
  await meeting.click();
  await expect(sentence(page, 'choices.guardian')).toBeVisible();
  await button(page, 'consent.guardian.no').click();
  await expect(meeting).toHaveAttribute('aria-pressed', 'false');
  await meeting.click();
  await button(page, 'consent.guardian.yes').click();
  await expect(meeting).toHaveAttribute('aria-pressed', 'true');
  await expect(sentence(page, 'state.choice_applied')).toBeVisible({ timeout: 50_000 });
  const analyst = await server.staff('analyst');
  await shown(analyst).toContainText('Bijeenkomst: ja');
});

test('co17 where the project says so, a story of under 16 stays on the phone', async ({ server, phone }) => {
  const page = await phone.open();
  const sent = await says(page, '"under_16":"stays"');
  await writeAlone(page, server);
  await button(page, 'consent.start').click();
  await button(page, 'consent.age.no').click();
  await expect(heading(page, 'consent.stays.title')).toBeFocused();
  await button(page, 'consent.stays.back').click();
  await expect(heading(page, 'consent.age.ask')).toBeFocused();
  await button(page, 'consent.age.no').click();
  await button(page, 'consent.stays.keep').click();
  await expect(sentence(page, 'state.stays')).toBeVisible();
  expect(sent.filter((body) => body.includes('bakker'))).toEqual([]);
});

test('me6 a part ends at the limit of its project, is kept, and the last minute is said beforehand', async ({ server, phone }) => {
  const page = await phone.open({ microphone: 'allowed' });
  await says(page, '"recording_limit_seconds":61');
  await page.goto(server.links.teller);
  await link(page, 'join.tell').click();
  await button(page, 'how.talk').click();
  await button(page, 'record.start').click();
  await expect(sentence(page, 'record.a_minute')).toBeVisible();
  await expect(sentence(page, 'record.part_full')).toBeVisible({ timeout: 120_000 });
  await expect(page.locator('.vp-ring__time')).toContainText('1:01');
  await button(page, 'record.done').click();
  await expect(heading(page, 'listen.title')).toBeVisible();
});
