// A phone that erases, keeps nothing, or stops keeping (design/faults.md, P6 to P8 and P12): what is said then is true,
// and nothing that was told is lost within the visit. The microphone speaks the time.

import { writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import * as aloud from './aloud';
import { Recording } from './aloud';
import { expect, test, type Phone, type Server } from './server';
import { listen, type Heard } from './spoken_time';
import { button, heading, joinAndSettle, link, safe, sentence, sentences, startWriting, tell, words, write } from './telling';

const microphone = 'allowed' as const;
const story = 'Ik zoek al een jaar werk en ik heb veertig brieven geschreven.';
/** Lengths on the screen are whole seconds. */
const aSecond = 1;

// ── P7: erased while nobody looked ──────────────────────────────────────────────────────────────────────────────────

/** Tells a story that cannot be sent yet. */
async function tellOffline(page: Page, phone: Phone, server: Server): Promise<void> {
  await phone.offline(true);
  await tell(page, server.links.teller, story);
  await expect(sentence(page, 'state.offline')).toBeVisible();
}

/** Opens the browser again; the page has read its storage. */
async function openDoor(phone: Phone, server: Server): Promise<Page> {
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller);
  return page;
}

async function openMine(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/mine`);
  await expect(sentence(page, 'mine.empty')).toBeVisible();
}

test('me11_p7 a story that was not sent and that the phone erased is said at the door, once', async ({ server, phone }) => {
  await tellOffline(await openDoor(phone, server), phone, server);
  await phone.close();
  phone.erase();
  const page = await openDoor(phone, server);
  await expect(sentence(page, 'state.erased')).toBeVisible();
  await page.reload();
  await expect(sentence(page, 'join.offline')).toBeVisible({ timeout: 50_000 });
  await expect(sentences(page, 'state.erased')).toHaveCount(0);
  await openMine(page, server);
  await expect(sentences(page, 'state.erased')).toHaveCount(0);
});

test('me11_p7 an erased draft counts as well, and is said at my stories too', async ({ server, phone }) => {
  let page = await openDoor(phone, server);
  await startWriting(page);
  await write(page, story);
  await phone.close();
  phone.erase();
  page = await phone.open();
  await openMine(page, server);
  await expect(sentence(page, 'state.erased')).toBeVisible();
});

test('me11_p7 two that were not sent are two', async ({ server, phone }) => {
  let page = await openDoor(phone, server);
  await tellOffline(page, phone, server);
  await page.goto(server.links.teller);
  await startWriting(page);
  await write(page, story);
  await phone.close();
  phone.erase();
  page = await phone.open();
  await openMine(page, server);
  await expect(sentence(page, 'state.erased_more', { count: '2' })).toBeVisible();
});

test('me11_p7 who left fast is told at my stories, not at the door', async ({ server, phone }) => {
  let page = await openDoor(phone, server);
  await startWriting(page);
  await write(page, story);
  for (const key of ['Escape', 'Escape', 'Escape']) await page.keyboard.press(key);
  await phone.close();
  phone.erase();
  page = await openDoor(phone, server);
  await expect(sentences(page, 'state.erased')).toHaveCount(0);
  await openMine(page, server);
  await expect(sentence(page, 'state.erased')).toBeVisible();
});

const nothingLost: Record<string, { before: (page: Page, phone: Phone, server: Server) => Promise<void>; everything?: boolean }> = {
  'nothing was told': { before: async () => {} },
  'all had arrived': {
    before: async (page, _, server) => {
      await tell(page, server.links.teller, story);
      await expect(safe(page)).toBeVisible({ timeout: 50_000 });
    },
  },
  'it was thrown away': {
    before: async (page, _, server) => {
      await startWriting(page);
      await write(page, story);
      await page.goto(`${server.url}/mine`);
      await button(page, 'mine.throw_away').click();
      await expect(sentence(page, 'mine.thrown_away')).toBeVisible();
    },
  },
  // Nothing can be known then, so nothing is said.
  'everything was erased with it': { before: tellOffline, everything: true },
};

for (const [when, { before, everything }] of Object.entries(nothingLost)) {
  test(`me11_p7 erased storage is not called a loss when ${when}`, async ({ server, phone }) => {
    await before(await openDoor(phone, server), phone, server);
    await phone.close();
    phone.erase(everything);
    const page = await openDoor(phone, server);
    await expect(page.getByText(words('state.erased'))).toHaveCount(0);
    await openMine(page, server);
    await expect(page.getByText(words('state.erased'))).toHaveCount(0);
  });
}

for (const [phoneSays, says] of [
  [true, words('storage.keeps')],
  [false, words('storage.may_erase', { days: '7' })],
] as const) {
  test(`p7 the phone is asked to keep stories after the first one, and its answer (${phoneSays}) is shown`, async ({ server, phone }) => {
    const page = await phone.open();
    await page.addInitScript((answer) => {
      Object.assign(window, { asked: 0 });
      // A page in a tab of an iPhone, and what such a phone answers.
      Object.defineProperty(navigator, 'standalone', { value: false });
      window.addEventListener('beforeinstallprompt', (event) => event.stopImmediatePropagation(), true);
      navigator.storage.persist = async () => {
        (window as unknown as { asked: number }).asked += 1;
        return answer;
      };
      navigator.storage.persisted = async () => false;
    }, phoneSays);
    const asked = () => page.evaluate(() => (window as unknown as { asked: number }).asked);
    await page.goto(server.links.teller);
    await startWriting(page);
    await write(page, story);
    expect(await asked()).toBe(0);
    await tell(page, server.links.teller, story);
    await expect(page.getByText(says)).toBeVisible();
    expect(await asked()).toBe(1);
    await page.goto(`${server.url}/mine`);
    await expect(page.getByText(says)).toBeVisible();
  });
}

// ── What a page has at hand ─────────────────────────────────────────────────────────────────────────────────────────

interface Hands {
  storage: 'works' | 'refuses' | 'gone';
  played: Blob[];
}

declare global {
  interface Window {
    hands: Hands;
  }
}

/** Lets a test take the storage away, and hear what the page plays. Before the page is opened. */
async function takeInHand(page: Page, storage: Hands['storage'] | 'hangs' = 'works'): Promise<void> {
  await page.addInitScript((begins) => {
    const hands: Hands = { storage: begins === 'hangs' ? 'works' : begins, played: [] };
    window.hands = hands;
    const gone = () => {
      if (hands.storage === 'gone') throw new DOMException('no', 'InvalidStateError');
    };
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...all) {
      gone();
      return begins === 'hangs' ? (new EventTarget() as IDBOpenDBRequest) : open.apply(this, all);
    };
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...all) {
      gone();
      return transaction.apply(this, all);
    };
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...all) {
      if (hands.storage === 'refuses') throw new DOMException('no', 'UnknownError');
      return put.apply(this, all);
    };
    const address = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (what) => {
      if (what instanceof Blob && what.type.startsWith('audio/')) hands.played.push(what);
      return address(what);
    };
  }, storage);
}

async function storageNow(page: Page, storage: Hands['storage']): Promise<void> {
  await page.evaluate((now) => void (window.hands.storage = now), storage);
}

/** Records at least so many seconds on a phone whose storage is in the test's hand. */
async function recordInHand(phone: Phone, server: Server, seconds: number): Promise<Page> {
  const page = await phone.open({ microphone });
  await takeInHand(page);
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, seconds);
  return page;
}

/** What the player of T4 has, part by part, as ffmpeg hears it. */
async function playedBack(page: Page, parts: number): Promise<Heard[]> {
  await page.waitForFunction((many) => window.hands.played.length >= many, parts);
  const played = await page.evaluate(async (many) => {
    const bytes = window.hands.played.slice(-many).map(async (blob) => [...new Uint8Array(await blob.arrayBuffer())]);
    return Promise.all(bytes);
  }, parts);
  return played.map((bytes, part) => {
    const file = test.info().outputPath(`played-${part}.webm`);
    writeFileSync(file, Buffer.from(bytes));
    return listen(file);
  });
}

/** Presses play, and waits until a second was heard. */
async function hearASecond(page: Page): Promise<void> {
  await button(page, 'listen.play').click();
  const place = page.getByRole('slider', { name: words('listen.place') });
  await expect.poll(async () => Number(await place.inputValue())).toBeGreaterThanOrEqual(1);
  await button(page, 'record.pause').click();
}

/** Tries to close the page: whether it asks. It stays, if it does. */
async function asksBeforeClosing(page: Page): Promise<boolean> {
  const asks = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const dialog = await asks;
  const kind = dialog.type();
  await dialog.dismiss();
  return kind === 'beforeunload';
}

// ── P8: a browser that keeps nothing ────────────────────────────────────────────────────────────────────────────────

for (const storage of ['gone', 'hangs'] as const) {
  test(`me10_p8 a browser without storage (${storage}) records all the same, plays it back, and asks before it closes`, async ({ server, phone }) => {
    const page = await phone.open({ microphone });
    await takeInHand(page, storage);
    await page.goto(server.links.teller);
    await link(page, 'join.tell').click();
    await expect(sentence(page, 'storage.none')).toBeVisible({ timeout: 60_000 });
    await expect(button(page, 'storage.other_browser')).toBeVisible();
    await button(page, 'storage.tell_anyway').click();
    await button(page, 'how.talk').click();
    await aloud.startRecording(page);
    await aloud.storedAtLeast(page, 3);
    await expect(sentence(page, 'state.memory_only')).toBeVisible();
    await button(page, 'record.pause').click();
    await expect(button(page, 'record.go_on')).toBeVisible();
    const shown = await aloud.timer(page);
    await expect(page.getByText(/bewaard/)).toHaveText([words('state.memory_only')]);
    await button(page, 'record.go_on').click();
    await aloud.isRecording(page);
    await aloud.storedAtLeast(page, shown + 2);
    await aloud.done(page);
    const [heard] = await playedBack(page, 1);
    expect(heard!.lasts).toBeGreaterThan(shown + 2 - aSecond);
    await hearASecond(page);
    expect(await asksBeforeClosing(page)).toBe(true);
    await expect(heading(page, 'listen.title')).toBeVisible();

    await phone.offline(true);
    await aloud.keepStory(page);
    await expect(sentence(page, 'state.memory_only')).toBeVisible();
    expect(await asksBeforeClosing(page)).toBe(true);
  });
}

// ── Storage that stops in the middle of a visit ─────────────────────────────────────────────────────────────────────

test('me10_p8 storage that refuses for a while gets all of it when it works again', async ({ server, phone }) => {
  const page = await recordInHand(phone, server, 2);
  await storageNow(page, 'refuses');
  const kept = await aloud.lengthIn(page, 'record.partly_kept');
  expect(kept).toBeGreaterThanOrEqual(2);
  await aloud.storedAtLeast(page, kept + 3);
  await expect(page.locator('.vp-ring__time')).not.toContainText(words('record.kept'));
  expect(await asksBeforeClosing(page)).toBe(true);
  await storageNow(page, 'works');
  await expect(page.locator('.vp-ring__time')).toContainText(words('record.kept'));
  await aloud.storedAtLeast(page, kept + 4);
  const shown = await aloud.timer(page);
  await phone.kill();
  const again = await phone.open();
  await aloud.comeBack(again, server);
  const [clip] = await aloud.clips(again, 'drafts');
  const heard = await aloud.heardOf(again, clip!.id, test.info().outputPath('kept.webm'));
  expect(heard.missing).toBeLessThan(3);
  expect(heard.lasts).toBeGreaterThan(shown - aSecond);
});

test('me10_p8 storage that refuses until the part is closed gets it with the next thing that is kept', async ({ server, phone }) => {
  const page = await recordInHand(phone, server, 1);
  await storageNow(page, 'refuses');
  await aloud.storedAtLeast(page, 4);
  await aloud.done(page);
  const [heard] = await playedBack(page, 1);
  expect(heard!.lasts).toBeGreaterThan(4 - aSecond);
  await storageNow(page, 'works');
  await aloud.keepStory(page);
  await expect(heading(page, 'done.thanks')).toBeVisible();
  const [clip] = await aloud.clips(page, 'stories');
  const kept = await aloud.heardOf(page, clip!.id, test.info().outputPath('kept.webm'));
  expect(Math.abs(kept.lasts - heard!.lasts)).toBeLessThan(0.1);
  expect(kept.missing).toBeLessThan(3);
});

test('me10_p8 storage that goes for good ends nothing: it goes on in memory, and what was kept is kept', async ({ server, phone }) => {
  const page = await recordInHand(phone, server, 2);
  await storageNow(page, 'gone');
  const kept = await aloud.lengthIn(page, 'record.partly_kept');
  await aloud.storedAtLeast(page, kept + 3);
  await aloud.isRecording(page);
  await button(page, 'record.pause').click();
  await expect(button(page, 'record.go_on')).toBeVisible();
  expect(await aloud.lengthIn(page, 'record.partly_kept')).toBe(kept);
  const shown = await aloud.timer(page);
  await aloud.done(page);
  const [heard] = await playedBack(page, 1);
  expect(heard!.missing).toBeLessThan(3);
  expect(heard!.lasts).toBeGreaterThan(shown - aSecond);
  await hearASecond(page);
  // Another part, in memory from its beginning.
  await page.goBack();
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 2);
  await expect(sentence(page, 'state.memory_only')).toBeVisible();
  await aloud.done(page);
  expect((await playedBack(page, 2)).every(({ lasts }) => lasts > 2 - aSecond)).toBe(true);
  expect(await asksBeforeClosing(page)).toBe(true);
  await phone.offline(true);
  await aloud.keepStory(page);
  await expect(sentence(page, 'state.memory_only')).toBeVisible();

  await phone.kill();
  const again = await phone.open({ microphone, offline: false });
  await aloud.comeBack(again, server);
  expect(Math.abs((await aloud.lengthStillHere(again)) - kept)).toBeLessThanOrEqual(aSecond);
});

// ── P6: full ────────────────────────────────────────────────────────────────────────────────────────────────────────

test('me7_p6 from a full phone a recording is saved as a file, and goes on to sending', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 20_000_000 });
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 3);
  await aloud.fillUp(page);
  await expect(sentence(page, 'record.phone_full')).toBeVisible();
  const kept = await aloud.lengthIn(page, 'record.saved');
  const saving = page.waitForEvent('download');
  await button(page, 'storage.save_file').click();
  const file = await saving;
  expect(file.suggestedFilename()).toBe('verhaal-1.webm');
  const heard = listen(await file.path());
  expect(heard.missing).toBeLessThan(3);
  expect(Math.abs(heard.lasts - kept)).toBeLessThan(aSecond);
  await expect(sentence(page, 'mine.copied')).toBeVisible();

  await phone.offline(true);
  await button(page, 'storage.on_to_sending').click();
  await aloud.finishStory(page);
  const saved = sentence(page, 'state.queued');
  const notSaved = sentence(page, 'state.memory_only');
  await expect(saved.or(notSaved)).toBeVisible();
  const isSaved = await saved.isVisible();
  // What the screen said is what is there.
  const stored = await aloud.clips(page, isSaved ? 'stories' : 'drafts');
  expect(stored.length + (isSaved ? 0 : (await aloud.stored(page, 'drafts')).length)).toBeGreaterThan(0);
  expect((await aloud.stored(page, 'stories')).length).toBe(isSaved ? 1 : 0);

  // ME10: once the story is safe elsewhere nothing asks to tell it again.
  await phone.offline(false);
  await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  await expect.poll(async () => (await aloud.stored(page, 'drafts')).length).toBe(0);
});

// ── ME1: no room for another part ───────────────────────────────────────────────────────────────────────────────────

test('me1_p6 the forty-first part is refused in words, before anybody speaks', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 1);
  await aloud.done(page);
  await page.goto(`${server.url}/licences.txt`);
  await page.evaluate(async () => {
    const opening = indexedDB.open('vertelpunt');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction('drafts', 'readwrite');
    const drafts = transaction.objectStore('drafts');
    const all = drafts.getAll();
    all.onsuccess = () => {
      const draft = JSON.parse(all.result[0]);
      const [clip] = draft.clips;
      while (draft.clips.length < 40) draft.clips.push({ ...clip, id: crypto.randomUUID() });
      drafts.put(JSON.stringify(draft), draft.id);
    };
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    opening.result.close();
  });
  const recording = await Recording.of(page);
  await aloud.comeBack(page, server);
  await button(page, 'record.go_on').click();
  await button(page, 'record.start').click();
  await expect(heading(page, 'record.story_full')).toBeFocused();
  await expect(sentence(page, 'record.story_full_why', { max: '40' })).toBeVisible();
  expect(await recording.began()).toBe(0);
  await button(page, 'record.listen').click();
  await expect(heading(page, 'listen.title')).toBeFocused();
  expect(await aloud.clips(page, 'drafts')).toHaveLength(40);
});

// ── P12: two tabs ───────────────────────────────────────────────────────────────────────────────────────────────────

test('me4_p12 of two tabs that record in one draft the second hears that the microphone is busy, and nothing is lost', async ({ server, phone }) => {
  const first = await phone.open({ microphone });
  await aloud.openRecorder(first, server.links.teller);
  await aloud.startRecording(first);
  await aloud.storedAtLeast(first, 1);
  await aloud.done(first);
  await first.goBack();
  await aloud.startRecording(first);
  await aloud.storedAtLeast(first, 1);

  const second = await phone.newTab();
  await aloud.comeBack(second, server);
  await button(second, 'record.go_on').click();
  await button(second, 'record.start').click();
  await expect(sentence(second, 'record.busy')).toBeVisible();
  await aloud.storedAtLeast(first, (await aloud.timer(first)) + 1);
  await aloud.isRecording(first);
  await aloud.done(first);
  await expect.poll(async () => (await aloud.clips(second, 'drafts')).length).toBe(2);
  await button(second, 'trouble.again').click();
  await aloud.isRecording(second);
  await aloud.storedAtLeast(second, 1);
  await aloud.done(second);
  const clips = await aloud.clips(second, 'drafts');
  expect(clips).toHaveLength(3);
  for (const { id, millis } of clips) {
    const heard = await aloud.heardOf(second, id, test.info().outputPath(`${id}.webm`));
    expect(heard.missing).toBeLessThan(3);
    expect(Math.abs(heard.lasts - millis / 1000)).toBeLessThan(aSecond);
  }
});

/** Something that nothing names; it is swept away by the next page that opens. */
async function putAwayUnnamed(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const opening = indexedDB.open('vertelpunt');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction('slices', 'readwrite');
    const value = { n: 0, until: 500, sum: '0'.repeat(64), bytes: new ArrayBuffer(8) };
    transaction.objectStore('slices').put(value, `${crypto.randomUUID()}/00000000`);
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    opening.result.close();
  });
}

test('me4_p12 what was thrown away can be brought back although another tab opened, and goes when nobody can', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 1);
  await aloud.done(page);
  const [clip] = await aloud.clips(page, 'drafts');
  const before = await aloud.slices(page);
  await page.goto(`${server.url}/mine`);
  await button(page, 'mine.throw_away').click();
  await expect.poll(async () => (await aloud.stored(page, 'drafts')).length).toBe(0);

  await putAwayUnnamed(page);
  const other = await phone.newTab();
  await other.goto(`${server.url}/mine`);
  // The other tab has swept: what nothing named is gone.
  await expect.poll(async () => (await aloud.slices(page)).length).toBe(before.length);
  await button(page, 'common.undo').click();
  await expect.poll(async () => (await aloud.stored(page, 'drafts')).length).toBe(1);
  expect(await aloud.slices(page)).toEqual(before);
  const heard = await aloud.heardOf(page, clip!.id, test.info().outputPath('back.webm'));
  expect(Math.abs(heard.lasts - clip!.millis / 1000)).toBeLessThan(aSecond);

  // Thrown away once more, and the page that could bring it back is left.
  await button(page, 'mine.throw_away').click();
  await expect(sentence(page, 'mine.thrown_away')).toBeVisible();
  await button(page, 'mine.tell').click();
  await expect(heading(page, 'how.title')).toBeVisible();
  await expect.poll(async () => (await aloud.slices(page)).length).toBe(0);
  await expect.poll(async () => JSON.stringify(await aloud.stored(page, 'meta')).includes(clip!.id)).toBe(false);
});

test('me4_p1 what was thrown away in a browser that was killed goes at the next visit', async ({ server, phone }) => {
  const page = await phone.open({ microphone });
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 1);
  await aloud.done(page);
  await page.goto(`${server.url}/mine`);
  await button(page, 'mine.throw_away').click();
  await expect.poll(async () => (await aloud.stored(page, 'drafts')).length).toBe(0);
  expect((await aloud.slices(page)).length).toBeGreaterThan(0);
  await phone.kill();
  const again = await phone.open();
  await openMine(again, server);
  await expect.poll(async () => (await aloud.slices(again)).length).toBe(0);
  expect(JSON.stringify(await aloud.stored(again, 'meta'))).not.toContain('thrown/');
});
