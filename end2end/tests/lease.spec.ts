// What staff take along to work without internet: it opens, reads and sounds without a network, and it goes: with the
// story, with the sign-in, and by itself when its time is over.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { bring, photo, sound, withdraw, type Story } from './hearable';
import { expect, test, type Server } from './server';
import { button, safe, staffWords, tell, words } from './telling';

const pictures = path.join(__dirname, '../screenshots');
mkdirSync(pictures, { recursive: true });

const DAY = 24 * 3600 * 1000;
// What is to happen within a second at contact is waited for ten times as long.
const DEADLINE = { timeout: 10_000 };

const entries = (page: Page) => page.locator('.vp-entry');
const row = (page: Page, title: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2, name: title }) });
const staffButton = (page: Page, key: string) => page.getByRole('button', { name: staffWords(key), exact: true });
const here = (page: Page) => page.locator('.vp-here');
const day = (moment: number) => new Date(moment).toLocaleDateString('nl-NL', { day: 'numeric', month: 'long', year: 'numeric' });
const inAWeek = () => day(Date.now() + 7 * DAY);

async function stories(server: Server): Promise<Story[]> {
  return bring(server, [
    { title: 'Brood', text: 'Om vier uur ruikt de straat naar kaneelbrood.', clips: [sound(4), photo('Mijn oven')] },
    { title: 'Brieven', text: 'Elke week kwam er een zegelbrief.', clips: [] },
    { title: 'Fiets', text: 'Met een kapotte fietsketting kom ik nergens.', clips: [] },
    { title: 'Thuis', text: 'Dit blijft op de server.', clips: [] },
  ]);
}

/** The library of an analyst, once all parts of all stories can be heard and seen. */
async function library(server: Server, count: number, options: object = {}): Promise<Page> {
  const page = await server.staff('analyst', options);
  await expect(entries(page)).toHaveCount(count);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  return page;
}

/** Everything that is to be heard and seen of a story is made by the server. */
async function made(page: Page, story: Story): Promise<void> {
  const whole = () =>
    page.evaluate(async (id) => {
      const told = await (await fetch(`/api/v1/stories/${id}`)).text();
      return told.includes('"done"') && !told.includes('"waiting"');
    }, story.id);
  await expect.poll(whole, { timeout: 30_000 }).toBe(true);
}

async function choose(page: Page, titles: string[]): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^(${staffWords('lease.offer')}|${staffWords('lease.more')})$`) }).click();
  for (const title of titles) await page.getByRole('checkbox', { name: staffWords('lease.pick', { title }) }).check();
}

async function takeAlong(page: Page, titles: string[]): Promise<void> {
  await choose(page, titles);
  await staffButton(page, 'lease.take').click();
  await expect(page.getByText(staffWords('lease.done'))).toBeVisible({ timeout: 30_000 });
}

interface Left {
  rows: number;
  words: string;
  caches: string[];
}

/** What is left in every storage of the browser. */
async function left(page: Page): Promise<Left> {
  return page.evaluate(async () => {
    const answer = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    let [rows, words] = [0, ''];
    for (const { name } of await indexedDB.databases()) {
      const db = await answer(indexedDB.open(name!));
      for (const store of db.objectStoreNames) {
        const values = await answer(db.transaction(store).objectStore(store).getAll());
        if (name === 'vertelpunt-staff') rows += values.length;
        words += JSON.stringify(values);
      }
      db.close();
    }
    const kept: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        kept.push(new URL(request.url).pathname);
        words += await (await cache.match(request))!.text();
      }
    }
    for (const storage of [localStorage, sessionStorage]) words += JSON.stringify({ ...storage });
    return { rows, words, caches: kept };
  });
}

const TOLD = ['kaneelbrood', 'zegelbrief', 'fietsketting', 'Mijn oven'];
const ofStaff = (caches: string[]) => caches.filter((kept) => /split_staff|staff\./.test(kept));

/** Nothing of it is left: no word, sound, picture, page of staff. */
async function nothingIsLeft(page: Page): Promise<void> {
  const found = async () => {
    const { rows, words, caches } = await left(page);
    return { rows, told: TOLD.filter((word) => words.includes(word)), caches: ofStaff(caches) };
  };
  await expect.poll(found, DEADLINE).toEqual({ rows: 0, told: [], caches: [] });
}

/** The clock of the pages that open from now on is so far from the real one. */
async function clockIsOff(page: Page, by: number): Promise<void> {
  await page.addInitScript((shift) => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + shift;
  }, by);
}

test('le8_three_stories_go_along_are_read_and_heard_without_a_network_and_what_is_marked_arrives', async ({ server }) => {
  const [bread] = await stories(server);
  const page = await library(server, 4);
  await made(page, bread!);
  await choose(page, ['Brood', 'Brieven']);
  // By keyboard as well.
  await page.getByRole('checkbox', { name: staffWords('lease.pick', { title: 'Fiets' }) }).press('Space');
  await expect(page.getByText(staffWords('lease.chosen', { count: '3' }))).toBeVisible();
  await staffButton(page, 'lease.take').press('Enter');
  await expect(page.getByText(staffWords('lease.done'))).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(staffWords('lease.line', { count: '3', date: inAWeek() }))).toBeVisible();
  await expect(here(page)).toHaveCount(3);

  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByText(staffWords('lease.alone', { count: '3', date: inAWeek() }))).toBeVisible(DEADLINE);
  await expect(entries(page)).toHaveCount(3);
  await expect(page.getByText('Thuis')).toHaveCount(0);
  await row(page, 'Brieven').getByRole('link').click();
  await expect(page.locator('.vp-open')).toContainText('Elke week kwam er een zegelbrief.');
  await row(page, 'Brood').getByRole('link').click();
  await expect(page.locator('.vp-open')).toContainText('Om vier uur');
  await expect(page.getByRole('img', { name: 'Mijn oven' })).toBeVisible();
  const shown = page.getByRole('img', { name: 'Mijn oven' });
  await expect.poll(() => shown.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
  // All of it sounds, and then it is heard.
  await page.getByRole('button', { name: new RegExp(`^${staffWords('story.listen')}`) }).click();
  await expect(row(page, 'Brood')).not.toContainText(staffWords('story.not_heard'), { timeout: 20_000 });
  await expect(page.getByText(staffWords('library.waiting', { count: '1' }))).toBeVisible();

  const other = await server.staff('manager');
  await expect(entries(other)).toHaveCount(4);
  await page.context().setOffline(false);
  await expect(page.locator('.vp-sync', { hasText: staffWords('library.up_to_date') })).toBeVisible({ timeout: 20_000 });
  await expect(entries(page)).toHaveCount(4);
  await expect(here(page)).toHaveCount(3);
  // The server has it: it is there anew, without what this page knew.
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await expect(entries(page)).toHaveCount(4);
  await expect(row(page, 'Brood')).not.toContainText(staffWords('story.not_heard'));
  await expect(row(page, 'Fiets')).toContainText(staffWords('story.not_heard'));
});

test('le4_what_a_teller_takes_back_meanwhile_goes_at_the_next_contact_and_the_teller_hears_until_when', async ({ server, phone }) => {
  const told = await phone.open();
  await tell(told, server.links.teller, 'Dit neem ik straks terug, zegelbrief en al.', { title: 'Brieven' });
  await expect(safe(told)).toBeVisible({ timeout: 50_000 });
  await bring(server, [{ title: 'Fiets', text: 'Met een kapotte fietsketting kom ik nergens.', clips: [] }]);
  const page = await library(server, 2);
  await takeAlong(page, ['Brieven', 'Fiets']);
  await page.context().setOffline(true);
  await page.reload();
  await expect(entries(page)).toHaveCount(2);

  await told.goto(`${server.url}/mine`);
  await button(told, 'mine.more').click();
  await button(told, 'mine.withdraw').click();
  await button(told, 'withdraw.remove').click();
  await button(told, 'withdraw.sure_yes').click();
  await expect(told.getByText(words('withdraw.gone'))).toBeVisible(DEADLINE);
  await expect(told.getByText(words('withdraw.held', { date: inAWeek() }))).toBeVisible(DEADLINE);

  await page.context().setOffline(false);
  await expect(entries(page)).toHaveCount(1, DEADLINE);
  await expect(row(page, 'Fiets')).toBeVisible();
  const gone = async () => {
    const { rows, words } = await left(page);
    return { kept: rows > 0, brieven: words.includes('zegelbrief'), fiets: words.includes('fietsketting') };
  };
  await expect.poll(gone, DEADLINE).toEqual({ kept: true, brieven: false, fiets: true });
  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByText(staffWords('lease.alone_one', { date: inAWeek() }))).toBeVisible(DEADLINE);
});

test('le5_signing_out_leaves_nothing_behind_with_or_without_a_network', async ({ server }) => {
  const [bread] = await stories(server);
  const page = await library(server, 4);
  await made(page, bread!);
  await takeAlong(page, ['Brood', 'Brieven', 'Fiets']);
  const before = await left(page);
  expect(before.rows).toBeGreaterThan(5);
  for (const word of TOLD) expect(before.words).toContain(word);
  expect(ofStaff(before.caches).length).toBeGreaterThan(2);
  await page.context().setOffline(true);
  await page.reload();
  await expect(entries(page)).toHaveCount(3);
  await staffButton(page, 'frame.sign_out').click();
  await expect(entries(page)).toHaveCount(0);
  await nothingIsLeft(page);

  await page.context().setOffline(false);
  await expect(entries(page)).toHaveCount(4, DEADLINE);
  await takeAlong(page, ['Brieven']);
  await staffButton(page, 'frame.sign_out').click();
  await expect(page.getByText(staffWords('frame.signed_out'))).toBeVisible();
  await nothingIsLeft(page);
});

test('le5_a_sign_in_that_was_taken_away_erases_at_the_next_contact', async ({ server }) => {
  await stories(server);
  const page = await library(server, 4);
  await takeAlong(page, ['Brieven', 'Fiets']);
  await page.context().setOffline(true);
  await page.reload();
  await expect(entries(page)).toHaveCount(2);
  // Taken away on the server; the device was not there to hear it.
  const cookies = await page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const ended = await fetch(`${server.url}/api/v1/sign-in`, { method: 'DELETE', headers: { cookie } });
  expect(ended.status).toBe(204);
  await page.context().setOffline(false);
  await expect(page.getByText(staffWords('sign_in.ended'))).toBeVisible(DEADLINE);
  await nothingIsLeft(page);
});

test('le3_at_its_end_it_is_erased_without_a_network', async ({ server }) => {
  await stories(server);
  const page = await library(server, 4);
  await takeAlong(page, ['Brieven', 'Fiets']);
  await page.context().setOffline(true);
  await clockIsOff(page, 7 * DAY - 60_000);
  await page.reload();
  await expect(entries(page)).toHaveCount(2);
  await clockIsOff(page, 60_000);
  await page.reload();
  await expect(page.getByText(staffWords('lease.over'))).toBeVisible(DEADLINE);
  await expect(entries(page)).toHaveCount(0);
  await nothingIsLeft(page);
});

test('le3_a_clock_that_is_put_back_erases_it', async ({ server }) => {
  await stories(server);
  const page = await library(server, 4);
  await takeAlong(page, ['Brieven']);
  await page.context().setOffline(true);
  await clockIsOff(page, -DAY);
  await page.reload();
  await expect(page.getByText(staffWords('lease.over'))).toBeVisible(DEADLINE);
  await nothingIsLeft(page);
});

test('le3_it_is_erased_in_an_open_page_too', async ({ server }) => {
  await stories(server);
  const page = await library(server, 4);
  await takeAlong(page, ['Brieven']);
  await page.evaluate((shift) => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + shift;
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, 7 * DAY);
  await expect(page.getByText(staffWords('lease.over'))).toBeVisible(DEADLINE);
  await expect(entries(page)).toHaveCount(4);
  await nothingIsLeft(page);
});

test('le3_the_service_worker_erases_it_when_nobody_opens_the_library', async ({ server }) => {
  await stories(server);
  const page = await library(server, 4);
  await takeAlong(page, ['Brieven']);
  // Its time is over, and a page of tellers is opened.
  await page.goto('about:blank');
  await page.goto(`${server.url}/mine`);
  expect((await left(page)).words).toContain('zegelbrief');
  await page.evaluate(async () => {
    const open = indexedDB.open('vertelpunt-staff');
    await new Promise((resolve) => (open.onsuccess = resolve));
    const store = open.result.transaction('lease', 'readwrite').objectStore('lease');
    const put = store.put(String(Date.now() - 1), 'ends');
    await new Promise((resolve) => (put.onsuccess = resolve));
    open.result.close();
  });
  await page.reload();
  await nothingIsLeft(page);
});

test('le7_a_story_that_does_not_come_whole_is_said_and_tried_again', async ({ server }) => {
  const [bread] = await stories(server);
  const page = await library(server, 4);
  await made(page, bread!);
  const clips = `**/api/v1/stories/${bread!.id}/clips/*`;
  // Half of a recording is none.
  await page.route(clips, (route) => route.fulfill({ status: 200, contentType: 'audio/webm', body: 'half' }));
  await choose(page, ['Brieven', 'Fiets', 'Brood']);
  await staffButton(page, 'lease.take').click();
  await expect(page.getByText(staffWords('lease.failed', { count: '1' }))).toBeVisible({ timeout: 30_000 });
  const before = await left(page);
  expect(before.words).not.toContain('kaneelbrood');
  await page.unroute(clips);
  await page.locator('.vp-notice').filter({ hasText: staffWords('lease.failed', { count: '1' }) }).getByRole('button', { name: staffWords('library.again') }).click();
  await expect(page.getByText(staffWords('lease.done'))).toBeVisible({ timeout: 30_000 });
  await expect(row(page, 'Brood').locator('.vp-here')).toBeVisible();
  expect((await left(page)).words).toContain('kaneelbrood');

  // One of them is taken off again, then all.
  await row(page, 'Brood').getByRole('link').click();
  await staffButton(page, 'lease.put_back').click();
  await expect(row(page, 'Brood').locator('.vp-here')).toHaveCount(0);
  await expect.poll(async () => (await left(page)).words.includes('kaneelbrood'), DEADLINE).toBe(false);
  await staffButton(page, 'frame.close').first().click();
  await staffButton(page, 'lease.put_back_all').click();
  await expect(page.getByText(staffWords('lease.gone'))).toBeVisible();
  await nothingIsLeft(page);
});

test('le5_another_member_who_signs_in_here_finds_nothing_of_it', async ({ server }) => {
  const [, letters] = await stories(server);
  const page = await library(server, 4);
  await takeAlong(page, ['Brieven', 'Fiets']);
  await page.goto('about:blank');
  await page.goto(server.links.manager);
  await page.waitForURL((url) => url.pathname === '/analyse');
  await expect(entries(page)).toHaveCount(4);
  await expect(here(page)).toHaveCount(0);
  await nothingIsLeft(page);
  await withdraw(server, letters!);
  await expect(entries(page)).toHaveCount(3, DEADLINE);
});

const looks = [
  { name: 'nl', language: 'nl', dark: false, size: { width: 390, height: 844 } },
  { name: 'rtl', language: 'qps', dark: false, size: { width: 390, height: 844 } },
  { name: 'laptop', language: 'nl', dark: false, size: { width: 1440, height: 900 } },
  { name: 'laptop-dark', language: 'nl', dark: true, size: { width: 1440, height: 900 } },
  { name: 'laptop-rtl', language: 'qps', dark: false, size: { width: 1440, height: 900 } },
] as const;

for (const look of looks) {
  test(`taking along looks right and axe finds nothing, ${look.name}`, async ({ server }) => {
    const [bread] = await stories(server);
    const page = await library(server, 4, { viewport: look.size });
    await made(page, bread!);
    await page.emulateMedia({ colorScheme: look.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    if (look.language !== 'nl') {
      await page.goto(`${server.url}/analyse?l=${look.language}`);
      await expect(entries(page)).toHaveCount(4);
    }
    const inspect = async (screen: string) => {
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: path.join(pictures, `${look.name}-${screen}.png`), fullPage: look.size.width < 500 });
      const axe = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
      if (look.language === 'qps') axe.disableRules(['html-lang-valid', 'valid-lang']);
      const { violations } = await axe.analyze();
      const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
      expect.soft(findings, `axe on ${screen} in ${look.name}`).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect.soft(wide, `${screen} in ${look.name} scrolls sideways`).toBeLessThanOrEqual(0);
      const small = await page.locator('.vp-pick, .vp-lease button, .vp-lease-choose button').evaluateAll((controls) =>
        controls.map((control) => control.getBoundingClientRect()).filter(({ width, height }) => width < 44 || height < 44).length,
      );
      expect.soft(small, `controls under 44 px on ${screen} in ${look.name}`).toBe(0);
    };
    await inspect('lease-offer');
    await page.locator('.vp-lease--offer button').click();
    await page.getByRole('checkbox').first().check();
    await inspect('lease-choose');
    await page.locator('.vp-lease-choose__ways button').nth(1).click();
    await page.locator('.vp-lease-choose__ways button').first().click();
    await expect(here(page)).toHaveCount(4, { timeout: 30_000 });
    await inspect('lease-here');
    await entries(page).first().click();
    await inspect('lease-open');
    await page.context().setOffline(true);
    await page.goto(`${server.url}/analyse`);
    await expect(entries(page)).toHaveCount(4, DEADLINE);
    await inspect('lease-alone');
  });
}
