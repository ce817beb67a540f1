// Telling aloud: with fingers, with a keyboard, and through what goes wrong (design/faults.md, P). The microphone
// speaks the time, so a recording itself tells what is in it.

import type { CDPSession, Locator, Page } from '@playwright/test';
import * as aloud from './aloud';
import { Recording } from './aloud';
import { FaultyProxy } from './faulty_proxy';
import { expect, Phone, test, type Server } from './server';
import { button, consent, heading, joinAndSettle, link, organisation, passQuestions, safe, sentence, sentences, tellAbout, uses, words, write } from './telling';

const microphone = 'allowed' as const;
/** Lengths on the screen are whole seconds. */
const aSecond = 1;

/** A file to listen to, of this test alone. */
const recorded = () => test.info().outputPath('recording.webm');

/** Opens the recorder on a phone and records at least so many seconds. */
async function recordOn(phone: Phone, teller: string, seconds: number): Promise<{ page: Page; recording: Recording }> {
  const page = await phone.open({ microphone });
  const recording = await Recording.of(page);
  await aloud.openRecorder(page, teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, seconds);
  return { page, recording };
}

/** The recordings of a draft or a story play, are as long as they say, and nothing is missing but the time of a pause. */
async function expectWhole(page: Page, store: 'drafts' | 'stories', count: number, paused = false): Promise<aloud.Clip[]> {
  const clips = await aloud.clips(page, store);
  expect(clips).toHaveLength(count);
  for (const clip of clips) {
    const heard = await aloud.heardOf(page, clip.id, recorded());
    if (!paused) expect(heard.missing).toBeLessThan(3);
    expect(heard.frames).toEqual([...heard.frames].sort((a, b) => a - b));
    expect(Math.abs(heard.lasts - clip.millis / 1000)).toBeLessThan(aSecond);
  }
  return clips;
}

// ── P2: what power loss leaves ──────────────────────────────────────────────────────────────────────────────────────

const torn = {
  'the last slices are gone': { loses: 'last', from: -2 },
  'a slice in the middle is gone': { loses: 'one', from: 3 },
  'a slice is torn': { loses: 'half', from: 4 },
  'the last slice is torn': { loses: 'half', from: -1 },
} as const;

for (const [what, { loses, from }] of Object.entries(torn)) {
  test(`me3_p2 when ${what} after a power loss, what is whole before it plays`, async ({ server, phone }) => {
    await recordOn(phone, server.links.teller, 4);
    await phone.kill();
    const page = await phone.open();
    await page.goto(`${server.url}/licences.txt`);
    const before = await aloud.slices(page);
    const first = from < 0 ? before.length + from : from;
    const keys = before.slice(first, loses === 'last' ? undefined : first + 1).map(({ key }) => key);
    await aloud.damage(page, keys, loses === 'half');

    await aloud.comeBack(page, server);
    const [clip] = await expectWhole(page, 'drafts', 1);
    expect(clip!.millis).toBe(before[first - 1]!.until);
    expect(Math.abs((await aloud.lengthStillHere(page)) - clip!.millis / 1000)).toBeLessThan(aSecond);
    const rest = (await aloud.slices(page)).map(({ bytes }) => bytes);
    expect(rest).toEqual(before.slice(0, first).map(({ bytes }) => bytes));
  });
}

test('me3_p2 who goes on before the recording is back in its draft finds it all the same', async ({ server, phone }) => {
  const { page: recorded } = await recordOn(phone, server.links.teller, 2);
  const [{ key }] = (await aloud.slices(recorded)) as [aloud.Slice];
  await phone.kill();
  // A page that holds the part, as one that is still closing does, keeps it from being closed here.
  const holder = await phone.open();
  await holder.goto(`${server.url}/licences.txt`);
  await holder.evaluate(
    (name) => new Promise<void>((held) => void navigator.locks.request(name, () => (held(), new Promise(() => {})))),
    `vertelpunt-${key.split('/')[0]}`,
  );
  const page = await holder.context().newPage();
  await page.goto(`${server.url}/mine`);
  await button(page, 'mine.go_on').click();
  await expect(heading(page, 'how.title')).toBeVisible();
  await holder.close();
  await expect(aloud.stillHere(page)).toBeVisible();
  await expectWhole(page, 'drafts', 1);
});

test('me3_p2 when nothing whole is left, there is no empty recording', async ({ server, phone }) => {
  await recordOn(phone, server.links.teller, 2);
  await phone.kill();
  const page = await phone.open();
  await page.goto(`${server.url}/licences.txt`);
  await aloud.damage(page, [(await aloud.slices(page))[0]!.key], true);
  await page.goto(`${server.url}/mine`);
  await expect(heading(page, 'mine.title')).toBeVisible();
  await expect.poll(async () => (await aloud.slices(page)).length).toBe(0);
  await expect(aloud.stillHere(page)).toHaveCount(0);
  expect(await aloud.clips(page, 'drafts')).toEqual([]);
});

// ── P3: slices that do not come ─────────────────────────────────────────────────────────────────────────────────────

test('me2_p3 what the browser holds back does not count until it is there, and nothing of it is lost', async ({ server, phone }) => {
  const { page, recording } = await recordOn(phone, server.links.teller, 2);
  await recording.holdUp();
  // What was on its way is stored; from here on nothing comes.
  await recording.heldUp(2);
  const stands = await aloud.timer(page);
  await recording.heldUp(20);
  expect(await aloud.timer(page)).toBe(stands);
  await recording.letGo();
  await aloud.storedAtLeast(page, stands + 9);
  await aloud.done(page);
  const [clip] = await expectWhole(page, 'drafts', 1);
  expect(clip!.millis).toBeGreaterThan(11_000);
});

// ── P4: the microphone is taken ─────────────────────────────────────────────────────────────────────────────────────

for (const fault of ['ended', 'mute', 'error'] as const) {
  test(`me4_p4 a microphone that is taken (${fault}) ends a part, and the story goes on in another`, async ({ server, phone }) => {
    const { page, recording } = await recordOn(phone, server.links.teller, 2);
    await recording.fault(fault);
    const first = await aloud.lengthIn(page, 'record.interrupted');
    expect(first).toBeGreaterThanOrEqual(2);
    expect(await recording.isOn()).toBe(false);
    await button(page, 'record.go_on').click();
    await aloud.isRecording(page);
    await aloud.storedAtLeast(page, 2);
    await aloud.done(page);
    const parts = await expectWhole(page, 'drafts', 2);
    expect(Math.abs(parts[0]!.millis / 1000 - first)).toBeLessThan(aSecond);
    await aloud.keepStory(page);
    await expectWhole(page, 'stories', 2);
  });
}

// ── P5: no microphone ───────────────────────────────────────────────────────────────────────────────────────────────

test('p5 who keeps the microphone off is shown how it goes on, and other ways', async ({ server, phone }) => {
  const page = await phone.open({ microphone: 'refused' });
  await aloud.openRecorder(page, server.links.teller);
  await button(page, 'record.start').click();
  await expect(sentence(page, 'record.off')).toBeVisible();
  await button(page, 'record.off_how').click();
  await page.context().grantPermissions(['microphone']);
  await button(page, 'trouble.again').click();
  await aloud.isRecording(page);
});

test('p5 without a microphone a story is written instead, and no empty recording stays', async ({ server, phone }) => {
  const page = await phone.open({ microphone: 'refused' });
  await aloud.openRecorder(page, server.links.teller);
  await button(page, 'record.start').click();
  await button(page, 'record.off_other').click();
  await button(page, 'how.write').click();
  await write(page, 'Dan schrijf ik het op.');
  await tellAbout(page);
  await consent(page);
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  expect(await aloud.clips(page, 'stories')).toEqual([]);
  expect(await aloud.slices(page)).toEqual([]);
});

// ── P6: a full phone ────────────────────────────────────────────────────────────────────────────────────────────────

test('me7_p6 a phone that gets full ends the recording and keeps it', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  const devtools = await page.context().newCDPSession(page);
  const room = (quotaSize?: number) => devtools.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize });
  // The browser asks how much room there is before its first write, and then counts by itself for half a minute.
  await room(20_000_000);
  const recording = await Recording.of(page);
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 2);
  await aloud.fillUp(page);
  await expect(sentence(page, 'record.phone_full')).toBeVisible();
  const kept = await aloud.lengthIn(page, 'record.saved');
  expect(kept).toBeGreaterThanOrEqual(2);
  expect(await recording.isOn()).toBe(false);

  await phone.kill();
  const again = await phone.open();
  await aloud.comeBack(again, server);
  const [clip] = await expectWhole(again, 'drafts', 1);
  expect(Math.floor(clip!.millis / 1000)).toBe(kept);
  expect(await aloud.lengthStillHere(again)).toBe(kept);
});

// ── P10: a new version while somebody tells ─────────────────────────────────────────────────────────────────────────

test('p10 a new version waits until the recording is over', async ({ server, phone }) => {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open({ microphone });
  await Recording.of(page);
  await joinAndSettle(page, `${proxy.url}/v/houten`);
  await aloud.openRecorder(page, `${proxy.url}/v/houten`);
  await aloud.startRecording(page);
  const opened = await page.evaluate(() => performance.timeOrigin);
  proxy.rewrite = (path, body) => (path.startsWith('/sw.js') ? `${body}\n// another version\n` : undefined);
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).waiting !== null);
  await aloud.storedAtLeast(page, (await aloud.timer(page)) + 2);
  await expect(sentences(page, 'update.text')).toHaveCount(0);
  expect(await page.evaluate(() => performance.timeOrigin)).toBe(opened);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null)).toBe(true);
  await aloud.done(page);
  await expectWhole(page, 'drafts', 1);
  await page.goto(`${proxy.url}/mine`);
  await expect(sentence(page, 'update.text')).toBeVisible({ timeout: 50_000 });
  await proxy.close();
});

// ── P22: another pair of eyes ───────────────────────────────────────────────────────────────────────────────────────

test('p22 the start screen shows nothing of a story told aloud', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  await joinAndSettle(page, server.links.teller);
  const looks = async () => {
    await page.goto(server.links.teller);
    await expect(sentence(page, 'join.offline')).toBeVisible({ timeout: 50_000 });
    await expect(page).toHaveTitle('Vertelpunt');
    return page.locator('body').innerText();
  };
  const before = await looks();
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 1);
  await aloud.done(page);
  const [clip] = await aloud.clips(page, 'drafts');
  expect(await looks()).toBe(before);
  expect(await page.content()).not.toContain(clip!.id);
  await aloud.comeBack(page, server);
  await button(page, 'listen.play').click();
  await aloud.keepStory(page, { title: 'De geur van brood' });
  expect(await looks()).toBe(before);
  await page.goto(`${server.url}/mine`);
  await expect(heading(page, 'mine.title')).toBeVisible();
  expect(await page.locator('body').innerText()).not.toContain('geur');
});

// ── The whole way ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Every byte of the story is at the server, as it is on the phone. */
async function expectArrived(page: Page, server: Server): Promise<void> {
  await expect(safe(page)).toBeVisible({ timeout: 60_000 });
  for (const { id } of await aloud.clips(page, 'stories')) {
    const parts = (await aloud.slices(page, id)).map(({ bytes }) => bytes);
    expect(server.blob(id)?.equals(Buffer.concat(parts)), id).toBe(true);
  }
}

test('me9_keyboard a story told by keyboard alone arrives whole', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  const keys = new Keys(page);
  await page.goto(server.links.teller);
  await keys.press(link(page, 'join.tell'), 'Enter');
  await expect(heading(page, 'how.title')).toBeFocused();
  await keys.press(button(page, 'how.talk'), 'Enter');
  await keys.press(button(page, 'record.start'), 'Space');
  await aloud.isRecording(page);
  await aloud.storedAtLeast(page, 2);
  await keys.press(button(page, 'record.pause'), 'Space');
  const paused = await aloud.lengthIn(page, 'record.paused');
  expect(paused).toBeGreaterThanOrEqual(2);
  await keys.press(button(page, 'record.go_on'), 'Enter');
  await aloud.isRecording(page);
  await aloud.storedAtLeast(page, paused + 2);
  await keys.press(button(page, 'record.done'), 'Enter');
  await expect(heading(page, 'listen.title')).toBeFocused();
  const [first] = await expectWhole(page, 'drafts', 1, true);

  await keys.press(button(page, 'listen.play'), 'Space');
  const place = page.getByRole('slider', { name: words('listen.place') });
  await expect.poll(async () => Number(await place.inputValue())).toBeGreaterThanOrEqual(1);
  await keys.press(button(page, 'record.pause'), 'Space');
  await keys.press(place, 'Home');
  await expect(place).toHaveValue('0');
  await keys.press(place, 'ArrowRight');
  await expect(place).toHaveValue('1');
  await expect(place).toHaveAttribute('aria-valuetext', words('listen.at', { minutes: '0', seconds: '1' }));
  await keys.press(button(page, 'listen.back'), 'Enter');
  await expect(place).toHaveValue('0');

  await keys.press(button(page, 'listen.again'), 'Enter');
  await keys.press(button(page, 'listen.again_no'), 'Enter');
  await keys.press(button(page, 'listen.again'), 'Enter');
  await keys.press(button(page, 'listen.again_yes'), 'Enter');
  await keys.press(button(page, 'record.start'), 'Space');
  await aloud.isRecording(page);
  await aloud.storedAtLeast(page, 1);
  await keys.press(button(page, 'record.done'), 'Enter');
  await expect(heading(page, 'listen.title')).toBeFocused();
  const [second] = await expectWhole(page, 'drafts', 1);
  expect(second!.id).not.toBe(first!.id);
  await expect(sentence(page, 'listen.aside')).toBeVisible();
  await keys.press(button(page, 'listen.bring_back'), 'Enter');
  await expect.poll(async () => (await aloud.clips(page, 'drafts')).map(({ id }) => id)).toEqual([first!.id, second!.id]);

  await keys.press(button(page, 'listen.mine'), 'Enter');
  await expect(heading(page, 'title.title')).toBeFocused();
  await keys.press(page.getByRole('textbox'), 'Space');
  await page.keyboard.type('De geur van brood');
  await keys.press(button(page, 'common.next'), 'Enter');
  await expect(heading(page, 'tags.title')).toBeFocused();
  await keys.press(button(page, 'common.skip'), 'Enter');
  await passQuestions(page, false, (control) => keys.press(control, 'Enter'));
  await expect(heading(page, 'voice.title')).toBeFocused();
  await keys.press(button(page, 'common.next'), 'Enter');
  await expect(heading(page, 'consent.title')).toBeFocused();
  await keys.press(button(page, 'consent.start'), 'Enter');
  for (const use of uses) {
    await expect(sentence(page, `consent.${use}.ask`, { organisation })).toBeVisible();
    await keys.press(page.getByRole('button', { name: words(`consent.${use}.yes`, { organisation }) }), 'Enter');
  }
  await expect(sentence(page, 'consent.recap.title')).toBeVisible();
  await keys.press(button(page, 'consent.recap.confirm'), 'Enter');
  await expect(heading(page, 'done.thanks')).toBeFocused();
  await expectArrived(page, server);
  await page.reload();
  await expect(safe(page)).toBeVisible();
  await expectWhole(page, 'stories', 2, true);
});

test('me9_touch who holds the circle may let go, pauses, goes on, and it arrives whole', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  await aloud.openRecorder(page, server.links.teller);
  const finger = await Finger.on(page);
  await finger.down(button(page, 'record.start'));
  await aloud.isRecording(page);
  await finger.up();
  await expect(sentence(page, 'record.let_go')).toBeVisible();
  await aloud.storedAtLeast(page, 2);
  await aloud.isRecording(page);
  await button(page, 'record.pause').tap();
  const paused = await aloud.lengthIn(page, 'record.paused');
  await button(page, 'record.go_on').tap();
  await aloud.isRecording(page);
  await aloud.storedAtLeast(page, paused + 1);
  await button(page, 'record.done').tap();
  await expect(heading(page, 'listen.title')).toBeVisible();
  await expectWhole(page, 'drafts', 1, true);
  await aloud.keepStory(page);
  await expectArrived(page, server);
  await expectWhole(page, 'stories', 1, true);
});

/** A keyboard and nothing else. */
class Keys {
  constructor(private readonly page: Page) {}

  /** Tabs to something and presses a key there. */
  async press(where: Locator, key: string): Promise<void> {
    await expect(where).toBeVisible();
    const isThere = () => where.evaluate((element) => element === document.activeElement);
    for (let tabs = 0; !(await isThere()); tabs += 1) {
      expect(tabs, `the keyboard gets to ${where}`).toBeLessThan(60);
      await this.page.keyboard.press('Tab');
    }
    await this.page.keyboard.press(key);
  }
}

/** One finger on the glass. */
class Finger {
  private constructor(private readonly devtools: CDPSession) {}

  static async on(page: Page): Promise<Finger> {
    return new Finger(await page.context().newCDPSession(page));
  }

  async down(where: Locator): Promise<void> {
    const { x, y, width, height } = (await where.boundingBox())!;
    const touchPoints = [{ x: x + width / 2, y: y + height / 2 }];
    await this.devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
  }

  async up(): Promise<void> {
    await this.devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  }
}
