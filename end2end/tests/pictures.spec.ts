// Photos and drawings: without the place they were made, kept through a kill, and made by keyboard alone.

import { expect, test, type Phone, type Server } from './server';
import type { Locator, Page } from '@playwright/test';
import { clips, slices, stored } from './aloud';
import { button, consent, heading, joinAndSettle, link, nameIt, sentence, words, writing } from './telling';

/** What a camera writes beside a picture: its maker, how it was held (a quarter turn), and where: Houten. */
function exif(): Buffer {
  const entry = (tag: number, kind: number, count: number, value: number) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16BE(tag, 0);
    bytes.writeUInt16BE(kind, 2);
    bytes.writeUInt32BE(count, 4);
    bytes.writeUInt32BE(value >>> 0, 8);
    return bytes;
  };
  const directory = (...entries: Buffer[]) => Buffer.concat([Buffer.from([0, entries.length]), ...entries, Buffer.alloc(4)]);
  const rationals = (...numbers: number[]) => {
    const bytes = Buffer.alloc(8 * numbers.length);
    numbers.forEach((number, at) => {
      bytes.writeUInt32BE(number, 8 * at);
      bytes.writeUInt32BE(1, 8 * at + 4);
    });
    return bytes;
  };
  const tiff = Buffer.concat([
    Buffer.from('MM\0*\0\0\0\x08', 'latin1'),
    directory(entry(0x010f, 2, 11, 50), entry(0x0112, 3, 1, 6 << 16), entry(0x8825, 4, 1, 62)),
    Buffer.from('Camera1234\0\0', 'latin1'),
    directory(entry(1, 2, 2, 0x4e000000), entry(2, 5, 3, 116), entry(3, 2, 2, 0x45000000), entry(4, 5, 3, 140)),
    rationals(52, 1, 43, 5, 10, 6),
  ]);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(0xffe1, 0);
  head.writeUInt16BE(tiff.length + 8, 2);
  return Buffer.concat([head, Buffer.from('Exif\0\0', 'latin1'), tiff]);
}

const place = Buffer.concat([52, 1, 1].map((number) => Buffer.from([0, 0, 0, number])));

/** A photo as a phone makes it. */
async function photo(page: Page, width = 640, height = 480): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const plain = await page.evaluate(
    async ([width, height]) => {
      const canvas = new OffscreenCanvas(width!, height!);
      const on = canvas.getContext('2d')!;
      const sky = on.createLinearGradient(0, 0, width!, 0);
      sky.addColorStop(0, '#e8a');
      sky.addColorStop(1, '#247');
      on.fillStyle = sky;
      on.fillRect(0, 0, width!, height!);
      const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
      return [...new Uint8Array(await blob.arrayBuffer())];
    },
    [width, height],
  );
  const jpeg = Buffer.from(plain);
  const buffer = Buffer.concat([jpeg.subarray(0, 2), exif(), jpeg.subarray(2)]);
  expect(buffer.includes('Camera1234') && buffer.includes(place), 'the photo says where it was made').toBe(true);
  return { name: 'huis.jpg', mimeType: 'image/jpeg', buffer };
}

const pictures = (page: Page): Locator => page.locator('.vp-picture');
const canvas = (page: Page): Locator => page.getByRole('img', { name: words('draw.paper') });

/** From the join page to the pictures. */
async function openPictures(page: Page, server: Server): Promise<void> {
  await page.goto(server.links.teller);
  await link(page, 'join.tell').click();
  await button(page, 'how.photo').click();
  await expect(heading(page, 'how.photo')).toBeFocused();
}

async function choose(page: Page, count = 1): Promise<void> {
  const before = await pictures(page).count();
  const waits = page.waitForEvent('filechooser');
  await button(page, 'picture.choose').click();
  const files = [];
  for (let number = 0; number < count; number += 1) files.push(await photo(page, 640 + number, 480));
  await (await waits).setFiles(files);
  await expect(pictures(page)).toHaveCount(before + count);
  await expect(sentence(page, 'write.saved')).toBeVisible();
}

/** Draws a line, as parts of the paper, with the mouse. */
async function line(page: Page, ...points: [number, number][]): Promise<void> {
  const box = (await canvas(page).boundingBox())!;
  const at = ([x, y]: [number, number]): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]!));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 8 });
  await page.mouse.up();
}

/** Every pixel that is not the paper, as parts of what the person sees. */
async function inked(page: Page): Promise<number> {
  return canvas(page).evaluate((node) => {
    const canvas = node as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) if (data[at]! < 200) count += 1;
    return count / (data.length / 4);
  });
}

/** Whether a picture shows something: its bytes are there and are a picture. */
async function isShown(picture: Locator): Promise<void> {
  await expect.poll(() => picture.locator('img').evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
}

async function reopen(phone: Phone, server: Server): Promise<Page> {
  await phone.kill();
  const page = await phone.open();
  await page.goto(`${server.url}/mine`);
  await button(page, 'mine.go_on').click();
  await expect(heading(page, 'how.photo')).toBeVisible();
  return page;
}

test('p1 a photo loses its place, outlives a kill, and is part of the story', async ({ server, phone }) => {
  let page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await openPictures(page, server);
  await expect(sentence(page, 'picture.people')).toBeVisible();
  await expect(sentence(page, 'picture.place')).toBeVisible();
  await choose(page);
  await page.getByLabel(words('picture.words')).fill('Mijn huis aan het water.');
  await expect(sentence(page, 'write.saved')).toBeVisible();

  page = await reopen(phone, server);
  await expect(pictures(page)).toHaveCount(1);
  await isShown(pictures(page));
  await expect(page.getByLabel(words('picture.words'))).toHaveValue('Mijn huis aan het water.');
  const [kept] = await slices(page);
  expect(kept!.bytes.subarray(0, 3).toString('hex')).toBe('ffd8ff');
  for (const secret of ['Exif', 'Camera1234', 'GPS', place]) expect(kept!.bytes.includes(secret)).toBe(false);

  await button(page, 'write.done').click();
  await nameIt(page);
  await consent(page);
  expect((await clips(page, 'stories')).map(({ length }) => length)).toEqual([kept!.bytes.length]);
  expect(await slices(page)).toHaveLength(1);
});

test('several photos come at once, one is removed and brought back with its words', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await openPictures(page, server);
  await choose(page, 3);
  await page.getByLabel(words('picture.words')).nth(1).fill('De tweede.');
  const name = words('picture.photo', { number: '2' });
  await page.getByRole('button', { name: words('tags.remove', { tag: name }) }).click();
  await expect(pictures(page)).toHaveCount(2);
  await expect(sentence(page, 'tags.removed', { tag: name })).toBeVisible();
  expect(await slices(page)).toHaveLength(2);
  await button(page, 'common.undo').click();
  await expect(pictures(page)).toHaveCount(3);
  await expect(page.getByLabel(words('picture.words')).nth(1)).toHaveValue('De tweede.');
  await isShown(pictures(page).nth(1));
  expect(await slices(page)).toHaveLength(3);
});

test('what is no photo is said to be none, and nothing is kept of it', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await openPictures(page, server);
  const waits = page.waitForEvent('filechooser');
  await button(page, 'picture.take').click();
  const chooser = await waits;
  expect(chooser.isMultiple()).toBe(false);
  await expect(chooser.element().asElement()!.getAttribute('capture')).resolves.toBe('environment');
  await chooser.setFiles({ name: 'brief.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Geachte heer') });
  await expect(sentence(page, 'picture.not_one')).toBeVisible();
  await expect(pictures(page)).toHaveCount(0);
  expect(await slices(page)).toEqual([]);
});

test('p1 every stroke of a drawing is kept, a step back takes one off, and one can go on', async ({ server, phone }) => {
  let page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await openPictures(page, server);
  await button(page, 'picture.draw').click();
  await expect(heading(page, 'draw.title')).toBeFocused();
  await button(page, 'write.done').click();
  await expect(sentence(page, 'draw.empty')).toBeVisible();

  await line(page, [0.2, 0.2], [0.8, 0.8]);
  await expect(sentence(page, 'write.saved')).toBeVisible();
  const [one] = await clips(page, 'drafts');
  const before = await inked(page);
  await button(page, 'draw.madder').click();
  await line(page, [0.8, 0.2], [0.2, 0.8]);
  expect(await inked(page)).toBeGreaterThan(before * 1.3);
  await button(page, 'draw.step_back').click();
  expect(Math.abs((await inked(page)) - before)).toBeLessThan(0.001);
  await expect.poll(async () => (await clips(page, 'drafts'))[0]?.length).toBe(one!.length);

  // Turned, the drawing is all there.
  await page.setViewportSize({ width: 844, height: 390 });
  await expect.poll(async () => Math.abs((await inked(page)) - before)).toBeLessThan(before * 0.2);
  await page.setViewportSize({ width: 390, height: 844 });

  // Back loses nothing, and one can go on.
  await page.goBack();
  await expect(pictures(page)).toHaveCount(1);
  await isShown(pictures(page));
  await button(page, 'picture.draw_on').click();
  await expect.poll(async () => Math.abs((await inked(page)) - before)).toBeLessThan(0.001);
  await line(page, [0.1, 0.9], [0.9, 0.9]);
  await button(page, 'write.done').click();
  await expect(heading(page, 'how.photo')).toBeFocused();
  await expect(pictures(page)).toHaveCount(1);

  page = await reopen(phone, server);
  await expect(pictures(page)).toHaveCount(1);
  await isShown(pictures(page));
  const [kept] = await slices(page);
  expect(kept!.bytes.subarray(1, 4).toString()).toBe('PNG');
});

test('by keyboard alone: a photo with its words, another way of telling, and no trap', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await openPictures(page, server);
  // Listening takes the browser a moment, which a key pressed at once would not leave it.
  const waits = page.waitForEvent('filechooser');
  await tabTo(page, button(page, 'picture.take'));
  await page.keyboard.press('Enter');
  await (await waits).setFiles(await photo(page));
  await expect(pictures(page)).toHaveCount(1);
  await tabTo(page, page.getByLabel(words('picture.words')));
  await page.keyboard.type('Een brug.');
  await expect(sentence(page, 'write.saved')).toBeVisible();

  // Who cannot draw comes by the drawing page to words, and no key is caught on the way.
  await tabTo(page, button(page, 'picture.draw'));
  await page.keyboard.press('Enter');
  await expect(heading(page, 'draw.title')).toBeFocused();
  await tabTo(page, link(page, 'draw.write'));
  await page.keyboard.press('Enter');
  await expect(writing(page)).toBeVisible();
  await tabTo(page, writing(page));
  await page.keyboard.type('Ik fiets er elke dag over.');
  await expect(sentence(page, 'write.saved')).toBeVisible();
  await tabTo(page, button(page, 'write.done'));
  await page.keyboard.press('Enter');
  await expect(heading(page, 'title.title')).toBeFocused();

  const rows = (await stored(page, 'drafts')) as [string, string][];
  const drafts = rows.map(([, text]) => JSON.parse(text) as { text: string; clips?: { kind: string; words?: string }[] });
  expect(drafts.map(({ text, clips }) => [text, clips?.map((clip) => [clip.kind, clip.words])])).toEqual([
    ['Ik fiets er elke dag over.', [['photo', 'Een brug.']]],
  ]);
});

async function tabTo(page: Page, goal: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await goal.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('it is not reached by the tab key');
}

test('p22 pictures are seen where they are told, and in no list of stories', async ({ server, phone }) => {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  await openPictures(page, server);
  await choose(page);
  await isShown(pictures(page));
  const address = await pictures(page).locator('img').getAttribute('src');
  await link(page, 'frame.back').first().click();
  await expect(heading(page, 'how.title')).toBeVisible();
  // Leaving gave the picture back: its address leads nowhere.
  const gone = await page.evaluate((url) => fetch(url!).then(() => false, () => true), address);
  expect(gone).toBe(true);
  await page.goto(`${server.url}/mine`);
  await expect(button(page, 'mine.go_on')).toBeVisible();
  await expect(page.locator('main img')).toHaveCount(0);
});
