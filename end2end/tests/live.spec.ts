// News as it happens: what is told appears and what is taken back goes on screens that are open, by whichever way the
// network lets through. What is to happen within a second is waited for ten times as long.

import type { Page } from '@playwright/test';
import { bring, withdraw } from './hearable';
import { FaultyProxy } from './faulty_proxy';
import { expect, test, type Server } from './server';
import { staffWords } from './telling';

const DEADLINE = { timeout: 10_000 };
const entries = (page: Page) => page.locator('.vp-entry');
const upToDate = (page: Page) => page.locator('.vp-sync', { hasText: staffWords('library.up_to_date') });

/** Opens the library in a browser that is signed in, at an address of its own, and counts what went by socket. */
async function library(page: Page, at: string, stories: number): Promise<{ answers: () => number; sockets: () => number }> {
  let [answers, sockets] = [0, 0];
  // What it was signed in with had a socket of its own.
  await page.goto('about:blank');
  page.on('websocket', (socket) => {
    sockets += 1;
    socket.on('framereceived', () => (answers += 1));
  });
  await page.goto(`${at}/analyse`);
  await expect(entries(page)).toHaveCount(stories);
  return { answers: () => answers, sockets: () => sockets };
}

const story = (title: string) => ({ title, text: `Dit is ${title}.`, clips: [] });

async function signedIn(server: Server): Promise<Page> {
  return server.staff('analyst');
}

test('li8_what_is_told_and_taken_back_reaches_the_open_library_by_socket', async ({ server }) => {
  const [first] = await bring(server, [story('Brood')]);
  const page = await signedIn(server);
  const line = await library(page, server.url, 1);
  await expect.poll(line.answers).toBeGreaterThan(0);
  await expect(upToDate(page)).toBeVisible();
  await page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2, name: 'Brood' }) }).getByRole('link').click();
  await expect(page.locator('.vp-open')).toContainText('Dit is Brood.');
  const before = line.answers();
  await bring(server, [story('Fiets')]);
  await expect(entries(page)).toHaveCount(2, DEADLINE);
  await withdraw(server, first!);
  await expect(page.locator('.vp-open')).toContainText(staffWords('story.withdrawn'), DEADLINE);
  await expect(page.getByText('Dit is Brood.')).toHaveCount(0, DEADLINE);
  await expect(entries(page)).toHaveCount(1);
  expect(line.answers()).toBeGreaterThan(before);
  expect(line.sockets()).toBe(1);
});

test('li2_where_sockets_are_blocked_long_pull_takes_over_and_nobody_sees_it', async ({ server }) => {
  const [first] = await bring(server, [story('Brood')]);
  // This proxy knows nothing of sockets: it passes requests on and lets every other kind of line fall.
  const proxy = await FaultyProxy.before(server.url);
  const page = await signedIn(server);
  const line = await library(page, proxy.url, 1);
  await expect.poll(line.sockets).toBeGreaterThan(0);
  const waits = () => proxy.to('/api/v1/sync').filter((request) => JSON.parse(request.body.toString()).wait > 0).length;
  await expect.poll(waits).toBeGreaterThan(0);
  await expect(upToDate(page)).toBeVisible();
  await bring(server, [story('Fiets')]);
  await expect(entries(page)).toHaveCount(2, DEADLINE);
  await withdraw(server, first!);
  await expect(entries(page)).toHaveCount(1, DEADLINE);
  // Not a word of it was ever on the screen.
  await expect(page.locator('.vp-notice', { hasText: staffWords('library.offline') })).toHaveCount(0);
  expect(line.answers()).toBe(0);
  await proxy.close();
});

test('l2_after_the_server_was_killed_the_open_library_comes_back_by_itself', async ({ server }) => {
  await bring(server, [story('Brood')]);
  const page = await signedIn(server);
  const line = await library(page, server.url, 1);
  await expect.poll(line.answers).toBeGreaterThan(0);
  const before = line.answers();
  await server.kill();
  // While there is nobody, that is said; what was there stays.
  await expect(page.getByText(staffWords('library.offline'))).toBeVisible(DEADLINE);
  await expect(entries(page)).toHaveCount(1);
  await server.run();
  await expect(upToDate(page)).toBeVisible(DEADLINE);
  await bring(server, [story('Fiets')]);
  await expect(entries(page)).toHaveCount(2, DEADLINE);
  await expect.poll(line.answers).toBeGreaterThan(before);
  expect(line.sockets()).toBeGreaterThan(1);
});

test('li8_signing_out_elsewhere_in_the_browser_empties_every_open_library', async ({ server }) => {
  await bring(server, [story('Brood')]);
  const page = await signedIn(server);
  const line = await library(page, server.url, 1);
  const other = await page.context().newPage();
  await library(other, server.url, 1);
  await page.bringToFront();
  await expect.poll(line.answers).toBeGreaterThan(0);
  await other.getByRole('button', { name: staffWords('frame.sign_out') }).click();
  await expect(page.getByText(staffWords('sign_in.ended'))).toBeVisible(DEADLINE);
  await expect(page.getByText('Brood')).toHaveCount(0);
});
