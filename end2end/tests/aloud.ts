// Telling aloud, in the words on the screen; and what the phone keeps of it, byte for byte.

import { writeFileSync } from 'node:fs';
import { expect, type Locator, type Page } from '@playwright/test';
import type { Server } from './server';
import { listen, type Heard } from './spoken_time';
import { button, consent, heading, link, nameIt, sentence, words, type About } from './telling';

/** Opens the join page and goes on to the red circle. */
export async function openRecorder(page: Page, teller: string): Promise<void> {
  await page.goto(teller);
  await link(page, 'join.tell').click();
  await expect(heading(page, 'how.title')).toBeFocused();
  await button(page, 'how.talk').click();
  await expect(button(page, 'record.start')).toBeVisible();
}

/** Presses the red circle, and waits until it records. */
export async function startRecording(page: Page): Promise<void> {
  await button(page, 'record.start').click();
  await isRecording(page);
}

export async function isRecording(page: Page): Promise<void> {
  await expect(sentence(page, 'record.on')).toBeVisible();
}

/** The stored time on the screen, in seconds. */
export async function timer(page: Page): Promise<number> {
  return seconds(await page.locator('.vp-rec .vp-ring__time bdi').innerText());
}

/** Waits until the screen says that so many seconds are stored. */
export async function storedAtLeast(page: Page, least: number): Promise<void> {
  await expect.poll(() => timer(page), { intervals: [100] }).toBeGreaterThanOrEqual(least);
}

/** Ends the recording, and waits for what listens back. */
export async function done(page: Page): Promise<void> {
  await button(page, 'record.done').click();
  await expect(heading(page, 'listen.title')).toBeFocused();
}

/** From listening back to the thank-you page. */
export async function keepStory(page: Page, about: About = {}): Promise<void> {
  await button(page, 'listen.mine').click();
  await finishStory(page, about);
}

/** From the name of a story to the thank-you page. */
export async function finishStory(page: Page, about: About = {}): Promise<void> {
  await nameIt(page, about);
  await consent(page);
}

/** The sentence that a recording is still here (T10). */
export function stillHere(page: Page): Locator {
  return page.getByRole('heading', { level: 1, name: timed('here.title') });
}

/** Comes back after the browser was gone: what was being told is named there, and opened. */
export async function comeBack(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/mine`);
  await button(page, 'mine.go_on').click();
  await expect(stillHere(page)).toBeVisible();
}

/** Comes back by the link one was given: who was cut off finds the recording on the way. */
export async function comeBackByLink(page: Page, server: Server): Promise<void> {
  await page.goto(server.links.teller);
  await link(page, 'join.tell').click();
  await expect(stillHere(page)).toBeVisible();
}

/** How long the recording that is still here lasts, as the screen says it. */
export async function lengthStillHere(page: Page): Promise<number> {
  return seconds(await stillHere(page).innerText());
}

/** The length in a sentence, once it is there. */
export async function lengthIn(page: Page, key: string): Promise<number> {
  const said = page.getByText(timed(key)).filter({ visible: true }).first();
  await expect(said).toBeVisible({ timeout: 60_000 });
  return seconds(await said.innerText());
}

/** A sentence with any length in it. */
function timed(key: string): RegExp {
  const [before, after] = words(key)
    .split('{time}')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) as [string, string];
  return new RegExp(`${before}\\d+:\\d\\d${after}`);
}

function seconds(text: string): number {
  const [, minutes, rest] = text.match(/(\d+):(\d\d)/) ?? [];
  if (rest === undefined) throw new Error(`no length in: ${text}`);
  return Number(minutes) * 60 + Number(rest);
}

/** A slice as it lies in the phone's storage. */
export interface Slice {
  key: string;
  n: number;
  until: number;
  bytes: Buffer;
}

/** A clip that a draft or a story names. */
export interface Clip {
  id: string;
  millis: number;
  length: number;
}

/** What a page reads in the phone's storage: every value of a store by its key, bytes as base64. */
export async function stored(page: Page, store: string): Promise<[string, unknown][]> {
  return page.evaluate(async (name) => {
    const asked = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const base64 = (bytes: ArrayBuffer) => {
      let text = '';
      for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
      return btoa(text);
    };
    const database = await asked(indexedDB.open('vertelpunt'));
    const from = database.transaction(name).objectStore(name);
    const [keys, values] = await Promise.all([asked(from.getAllKeys()), asked(from.getAll())]);
    database.close();
    return values.map((value, place) => [
      String(keys[place]),
      value?.bytes instanceof ArrayBuffer ? { ...value, bytes: base64(value.bytes) } : value,
    ]);
  }, store) as Promise<[string, unknown][]>;
}

/** The slices of a clip, or of all, in order. */
export async function slices(page: Page, clip = ''): Promise<Slice[]> {
  const rows = (await stored(page, 'slices')) as [string, { n: number; until: number; bytes: string }][];
  return rows
    .filter(([key]) => key.startsWith(clip))
    .map(([key, { n, until, bytes }]) => ({ key, n, until, bytes: Buffer.from(bytes, 'base64') }));
}

/** The clips that the drafts, or the finished stories, name. */
export async function clips(page: Page, store: 'drafts' | 'stories'): Promise<Clip[]> {
  const rows = (await stored(page, store)) as [string, string][];
  return rows.flatMap(([, text]) => {
    const kept = JSON.parse(text) as { clips?: Clip[]; content?: { clips?: Clip[] } };
    return kept.clips ?? kept.content?.clips ?? [];
  });
}

/** Listens to what is stored of a clip. */
export async function heardOf(page: Page, clip: string, file: string): Promise<Heard> {
  const parts = await slices(page, clip);
  writeFileSync(file, Buffer.concat(parts.map(({ bytes }) => bytes)));
  return listen(file);
}

/** Fills the room that is left on the phone, until not even a kilobyte fits. */
export async function fillUp(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const opening = indexedDB.open('filler', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('bytes', { autoIncrement: true });
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const fits = (size: number) =>
      new Promise<boolean>((resolve) => {
        const transaction = opening.result.transaction('bytes', 'readwrite');
        transaction.objectStore('bytes').add(new Uint8Array(size));
        transaction.oncomplete = () => resolve(true);
        transaction.onabort = () => resolve(false);
      });
    for (let size = 4 << 20; size >= 1 << 10; size /= 2) while (await fits(size));
  });
}

interface Recorders {
  /** When recording began, in milliseconds of the wall clock. */
  began: number;
  recorder: MediaRecorder;
  stream: MediaStream;
  isHeldUp: boolean;
  heldUp: Blob[];
}

declare global {
  interface Window {
    recorders: Recorders;
  }
}

/** What a test may see of the browser's own recorder, and do to it. */
export class Recording {
  private constructor(private readonly page: Page) {}

  /** Looks over the browser's shoulder; before the page is opened. */
  static async of(page: Page): Promise<Recording> {
    await page.addInitScript(() => {
      const recorders = { began: 0, isHeldUp: false, heldUp: [] as Blob[] } as unknown as Recorders;
      window.recorders = recorders;
      const start = MediaRecorder.prototype.start;
      MediaRecorder.prototype.start = function (this: MediaRecorder, slice?: number) {
        recorders.recorder = this;
        recorders.stream = this.stream;
        this.addEventListener('dataavailable', (event) => {
          if (!recorders.isHeldUp) return;
          event.stopImmediatePropagation();
          recorders.heldUp.push(event.data);
        });
        recorders.began = performance.timeOrigin + performance.now();
        start.call(this, slice);
      };
    });
    return new Recording(page);
  }

  /** When the recorder was started, in milliseconds of the wall clock. */
  async began(): Promise<number> {
    return this.page.evaluate(() => window.recorders.began);
  }

  /** Waits until so many seconds were recorded. */
  async reaches(seconds: number): Promise<void> {
    await this.page.waitForFunction((milliseconds) => performance.timeOrigin + performance.now() >= window.recorders.began + milliseconds, seconds * 1000);
  }

  /** From now on the recorder's slices do not arrive. */
  async holdUp(): Promise<void> {
    await this.page.evaluate(() => void (window.recorders.isHeldUp = true));
  }

  /** Waits until so many slices did not arrive. */
  async heldUp(count: number): Promise<void> {
    await this.page.waitForFunction((many) => window.recorders.heldUp.length >= many, count);
  }

  /** What did not arrive comes at once, as one. */
  async letGo(): Promise<void> {
    await this.page.evaluate(() => {
      const { recorder, heldUp } = window.recorders;
      window.recorders.isHeldUp = false;
      recorder.dispatchEvent(new BlobEvent('dataavailable', { data: new Blob(heldUp, { type: recorder.mimeType }) }));
    });
  }

  /** The phone takes the microphone, or the recorder breaks. */
  async fault(name: 'ended' | 'mute' | 'error'): Promise<void> {
    await this.page.evaluate((type) => {
      const { recorder, stream } = window.recorders;
      (type === 'error' ? recorder : stream.getAudioTracks()[0]!).dispatchEvent(new Event(type));
    }, name);
  }

  /** Whether the browser's recorder and microphone are on. */
  async isOn(): Promise<boolean> {
    return this.page.evaluate(() => window.recorders.stream.getTracks().some((track) => track.readyState === 'live'));
  }
}

/** Tears slices, or takes them away, as a power cut may. The page must not be the app's. */
export async function damage(page: Page, keys: string[], tear: boolean): Promise<void> {
  await page.evaluate(
    async ({ keys, tear }) => {
      const asked = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await asked(indexedDB.open('vertelpunt'));
      const transaction = database.transaction('slices', 'readwrite', { durability: 'strict' });
      const kept = transaction.objectStore('slices');
      for (const key of keys) {
        const slice = await asked(kept.get(key));
        await asked(tear ? kept.put({ ...slice, bytes: slice.bytes.slice(0, slice.bytes.byteLength / 2) }, key) : kept.delete(key));
      }
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      database.close();
    },
    { keys, tear },
  );
}
