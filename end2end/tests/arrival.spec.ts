// Sound and pictures arrive whole, whatever happens on the way. Faults carry their id of design/faults.md; the bytes on
// the phone and on the server are compared one by one.

import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import * as aloud from './aloud';
import { FaultyProxy, type Fault, type SeenRequest } from './faulty_proxy';
import { expect, test, type Phone, type Server } from './server';
import { button, consent, heading, joinAndSettle, link, nameIt, organisation, safe, sentence, staffWords, words } from './telling';

const media = '/api/v1/media';
const sync = '/api/v1/sync';
const patience = { timeout: 90_000 };

const isChunk = ({ method }: SeenRequest) => method === 'PATCH';
const chunks = (proxy: FaultyProxy) => proxy.seen.filter(isChunk);
const offset = ({ headers }: SeenRequest) => Number(headers['upload-offset']);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A picture of noise, which no encoder makes small: so many pixels wide and high. */
async function tellWithPicture(page: Page, teller: string, pixels: number): Promise<void> {
  await page.goto(teller);
  await link(page, 'join.tell').click();
  await button(page, 'how.photo').click();
  await expect(heading(page, 'how.photo')).toBeFocused();
  const bytes = await page.evaluate(async (side) => {
    const canvas = new OffscreenCanvas(side, side);
    const on = canvas.getContext('2d')!;
    const noise = on.createImageData(side, side);
    let state = 1;
    for (let at = 0; at < noise.data.length; at += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      noise.data[at] = at % 4 === 3 ? 255 : state >>> 24;
    }
    on.putImageData(noise, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, pixels);
  const chooser = page.waitForEvent('filechooser');
  await button(page, 'picture.choose').click();
  await (await chooser).setFiles({ name: 'ruis.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(bytes) });
  await expect(page.locator('.vp-picture')).toHaveCount(1);
  await expect(sentence(page, 'write.saved')).toBeVisible();
  await button(page, 'write.done').click();
  await nameIt(page, { title: 'Ruis' });
  await consent(page, ['analysis', 'meeting']);
}

/** What the phone keeps of every clip of its finished stories. */
async function onPhone(page: Page): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const { id } of await aloud.clips(page, 'stories')) {
    found.set(id, Buffer.concat((await aloud.slices(page, id)).map(({ bytes }) => bytes)));
  }
  expect(found.size).toBeGreaterThan(0);
  return found;
}

/** Every byte is on the server, as it was on the phone. */
function expectWhole(server: Server, clips: Map<string, Buffer>): void {
  for (const [id, bytes] of clips) {
    expect(bytes.length).toBeGreaterThan(1000);
    const arrived = server.blob(id);
    expect(arrived && sha256(arrived), `clip ${id}`).toBe(sha256(bytes));
  }
}

/** From now on remembers every percentage that a page shows, also over a reload. */
async function watchPercent(page: Page): Promise<() => Promise<number[]>> {
  const seen: number[] = [];
  await page.exposeFunction('percentShown', (percent: number) => void seen.push(percent));
  await page.addInitScript(() => {
    const look = () => {
      for (const figure of document.querySelectorAll('.vp-state--way bdi')) {
        (window as unknown as { percentShown(percent: number): void }).percentShown(Number(figure.textContent));
      }
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return async () => {
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(Math.max(0, ...seen)).toBeLessThan(100);
    return seen;
  };
}

/** A phone behind a proxy, which has joined and works without internet. */
async function behindProxy(server: Server, phone: Phone): Promise<{ page: Page; proxy: FaultyProxy; teller: string }> {
  const proxy = await FaultyProxy.before(server.url);
  const page = await phone.open();
  const teller = `${proxy.url}/v/houten`;
  await joinAndSettle(page, teller);
  return { page, proxy, teller };
}

/** Something that is waited for until the test lets it go. */
function held(): { until: Promise<void>; release: () => void } {
  let release = () => {};
  const until = new Promise<void>((resolve) => (release = resolve));
  return { until, release };
}

test('up6_p1 recorded without internet, killed, opened with internet: it arrives whole, and only then others know of it', async ({ server, phone }) => {
  let page = await phone.open({ microphone: 'allowed' });
  await joinAndSettle(page, server.links.teller);
  await phone.offline(true);
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 3);
  await aloud.done(page);
  await aloud.keepStory(page, { title: 'De geur van brood' });
  await expect(sentence(page, 'state.offline')).toBeVisible();
  const clips = await onPhone(page);
  await phone.kill();
  const analyst = await server.staff('analyst');
  await expect(analyst.getByText(staffWords('library.empty'))).toBeVisible();

  page = await phone.open({ microphone: 'allowed' });
  await page.goto(`${server.url}/mine`);
  await expect(safe(page)).toBeVisible(patience);
  expectWhole(server, clips);
  await expect(analyst.getByText('De geur van brood')).toHaveCount(1);
  // It stays on one's own phone until the grace is over.
  expect((await onPhone(page)).size).toBe(clips.size);
});

test('up8_hearing an own story sounds from the phone, and after the grace from the server', async ({ server, phone }) => {
  let page = await phone.open({ microphone: 'allowed' });
  await aloud.openRecorder(page, server.links.teller);
  await aloud.startRecording(page);
  await aloud.storedAtLeast(page, 3);
  await aloud.done(page);
  await aloud.keepStory(page);
  await expect(safe(page)).toBeVisible(patience);

  const listen = (on: Page) => on.getByRole('button', { name: new RegExp(`^${words('listen.play')}`) });
  const pause = (on: Page) => on.getByRole('button', { name: new RegExp(`^${words('record.pause')}`) });
  /** Plays it to its end, and says which addresses sound came from. */
  const hear = async (on: Page): Promise<string[]> => {
    const asked: string[] = [];
    on.on('request', (request) => void asked.push(new URL(request.url()).pathname));
    await on.goto(`${server.url}/mine`);
    await button(on, 'mine.more').click();
    await listen(on).click();
    await expect(pause(on)).toContainText('0:02');
    await expect(listen(on)).toContainText('0:00');
    return asked.filter((at) => at.includes('/clips/'));
  };
  expect(await hear(page)).toEqual([]);

  // Eight days later by the server's clock, which alone counts (OB16), the phone has let go of its copy.
  await page.context().addInitScript(() => {
    const real = window.fetch.bind(window);
    window.fetch = async (asked, how) => {
      const answer = await real(asked, how);
      const url = asked instanceof Request ? asked.url : `${asked}`;
      if (!url.endsWith('/api/v1/sync') || !answer.ok) return answer;
      const said = await answer.json();
      return Response.json({ ...said, server_time: said.server_time + 8 * 86_400_000 });
    };
  });
  const later = await phone.newTab();
  await page.close();
  page = later;
  await page.goto(`${server.url}/mine`);
  await expect.poll(async () => (await aloud.slices(page)).length).toBe(0);
  expect((await hear(page)).length).toBeGreaterThan(0);

  await phone.offline(true);
  await page.reload();
  await button(page, 'mine.more').click();
  await listen(page).click();
  await expect(sentence(page, 'mine.hear_online')).toBeVisible();
});

test('up5_p1 a browser killed while bytes go on goes on from there, and progress does not run back', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const percents = await watchPercent(page);
  const { until, release } = held();
  proxy.fault = async (request) => {
    if (!isChunk(request) || chunks(proxy).length !== 3) return 'pass';
    await until;
    return 'cut';
  };
  await tellWithPicture(page, teller, 700);
  const clips = await onPhone(page);
  await expect.poll(() => chunks(proxy).length, patience).toBe(3);
  const shown = await percents();
  const reached = Math.max(...shown);
  expect(reached).toBeGreaterThan(0);
  const went = offset(chunks(proxy)[2]!);
  await phone.kill();
  release();

  const again = await phone.open();
  const later = await watchPercent(again);
  await again.goto(`${proxy.url}/mine`);
  await expect(safe(again)).toBeVisible(patience);
  expect(offset(chunks(proxy)[3]!)).toBe(went);
  for (const percent of await later()) expect(percent).toBeGreaterThanOrEqual(reached);
  expectWhole(server, clips);
  await proxy.close();
});

test('p14 with a network that comes and goes everything arrives', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const percents = await watchPercent(page);
  let left = 3;
  proxy.fault = async (request) => {
    if (!isChunk(request) || left === 0) return 'pass';
    left -= 1;
    await phone.offline(true);
    await expect(page.locator('.vp-state').filter({ hasText: words('state.queued') })).toBeVisible();
    await phone.offline(false);
    return 'cut';
  };
  await tellWithPicture(page, teller, 500);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible(patience);
  expect(left).toBe(0);
  await percents();
  expectWhole(server, clips);
  await proxy.close();
});

test('p15 a wifi that asks something in the middle is never taken for an arrival', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  proxy.fault = ({ path }) => {
    const asks = path.startsWith('/api/') && chunks(proxy).length > 1;
    return asks ? { status: 200, body: '<html>Welkom bij GratisWifi</html>' } : 'pass';
  };
  await tellWithPicture(page, teller, 500);
  const clips = await onPhone(page);
  await expect(sentence(page, 'state.wifi')).toBeVisible(patience);
  await expect(safe(page)).toHaveCount(0);
  for (const id of clips.keys()) expect(server.blob(id)).toBeUndefined();
  proxy.fault = () => 'pass';
  await page.goto(`${proxy.url}/mine`);
  await expect(safe(page)).toBeVisible(patience);
  expectWhole(server, clips);
  await proxy.close();
});

const json = { 'content-type': 'application/json' };
const troubles = {
  502: { said: 'state.our_fault', headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' },
  429: { said: 'state.busy', headers: { ...json, 'retry-after': '1' }, body: '{"problem":{"code":"too_many_tries","retry_after":1}}' },
  503: { said: 'state.busy', headers: { ...json, 'retry-after': '1' }, body: '{"problem":{"code":"busy","retry_after":1}}' },
  507: { said: 'state.busy', headers: { ...json, 'retry-after': '1' }, body: '{"problem":{"code":"storage_full"}}' },
} as const;

for (const [status, { said, headers, body }] of Object.entries(troubles)) {
  test(`p16 a server that answers bytes with ${status} is waited for, and the screen says so`, async ({ server, phone }) => {
    const { page, proxy, teller } = await behindProxy(server, phone);
    proxy.fault = (request) => (isChunk(request) ? { status: Number(status), headers, body } : 'pass');
    await tellWithPicture(page, teller, 300);
    const clips = await onPhone(page);
    await expect(sentence(page, said, { organisation })).toBeVisible(patience);
    proxy.fault = () => 'pass';
    await page.goto(`${proxy.url}/mine`);
    await expect(safe(page)).toBeVisible(patience);
    expectWhole(server, clips);
    await proxy.close();
  });
}

test('p16 chunks that are too large for what stands in between become smaller', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const limit = 20_000;
  proxy.fault = (request) =>
    isChunk(request) && request.body.length > limit ? { status: 413, body: '<html>Request Entity Too Large</html>' } : 'pass';
  await tellWithPicture(page, teller, 300);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible(patience);
  expect(chunks(proxy).filter(({ body }) => body.length > limit)).toHaveLength(1);
  expectWhole(server, clips);
  await proxy.close();
});

test('p17 over 2G a recording arrives in small chunks, and progress does not run back', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const percents = await watchPercent(page);
  proxy.line = (path) => (path.startsWith('/api/') ? { bytesPerSecond: 2_500, milliseconds: 800 } : undefined);
  await tellWithPicture(page, teller, 260);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible({ timeout: 150_000 });
  const sizes = chunks(proxy).map(({ body }) => body.length);
  expect(sizes[0]).toBe(32 * 1024);
  expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(16 * 1024);
  expect((await percents()).length).toBeGreaterThan(1);
  // Nothing went twice.
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe([...clips.values()][0]!.length);
  expectWhole(server, clips);
  await proxy.close();
});

test('p18 cut after any byte, it goes on from what the server has, and at most a chunk goes again', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const cuts = [0, 1, 4096, 8192, 16383];
  proxy.fault = (request) => {
    const cutAfter = isChunk(request) ? cuts.pop() : undefined;
    return cutAfter === undefined ? 'pass' : { cutAfter };
  };
  await tellWithPicture(page, teller, 300);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible(patience);
  expect(cuts).toEqual([]);
  const whole = [...clips.values()][0]!.length;
  // Chromium may itself send a request again whose connection closed without a word; that one hears where to go on, and
  // nothing of it is taken in.
  const taken = chunks(proxy).filter(({ status }) => status !== 409);
  const sent = taken.reduce((sum, { body }) => sum + body.length, 0);
  expect(sent).toBeLessThanOrEqual(whole + 5 * 32 * 1024);
  expectWhole(server, clips);
  await proxy.close();
});

test('p19 answers that get lost on the way back change nothing', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const lost: SeenRequest[] = [];
  proxy.fault = (request) => {
    // The first answer of each kind: to the manifest, to where, to a chunk, to the last one and to the question for all.
    const first = ({ method, path, body }: SeenRequest) => `${method} ${path} ${body.length > 2 * 16 * 1024}`;
    const loses = request.path.startsWith('/api/') && !lost.some((seen) => first(seen) === first(request));
    if (loses) lost.push(request);
    return loses ? 'drop answer' : 'pass';
  };
  await tellWithPicture(page, teller, 300);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible(patience);
  expect(lost.map(({ method }) => method)).toEqual(expect.arrayContaining(['POST', 'PATCH']));
  expectWhole(server, clips);
  const analyst = await server.staff('analyst');
  await expect(analyst.getByText('Ruis')).toHaveCount(1);
  await proxy.close();
});

test('p20 a bit that flips on the way is found, and the chunk goes again', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  let flips = 3;
  proxy.damage = (request) => {
    if (!isChunk(request) || flips === 0) return undefined;
    flips -= 1;
    const body = Buffer.from(request.body);
    body[body.length >> 1]! ^= 1 << flips;
    return body;
  };
  await tellWithPicture(page, teller, 300);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible(patience);
  expect(flips).toBe(0);
  expectWhole(server, clips);
  await proxy.close();
});

/** From the thank-you page to the page about the story that is named by its way. */
async function openOwn(page: Page, way: 'mine.choices' | 'mine.withdraw'): Promise<void> {
  await link(page, 'done.mine').or(button(page, 'done.mine')).first().click();
  await button(page, 'mine.more').click();
  await button(page, way).click();
}

test('up1_p21 a story taken back while its bytes are on their way is gone on both sides', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const { until, release } = held();
  proxy.fault = async (request) => {
    if (isChunk(request) && chunks(proxy).length > 1) await until;
    return 'pass';
  };
  await tellWithPicture(page, teller, 500);
  const [clip] = [...(await onPhone(page)).keys()];
  await expect.poll(() => chunks(proxy).length, patience).toBe(2);
  expect(server.filesOf(clip!)).not.toEqual([]);
  await openOwn(page, 'mine.withdraw');
  await button(page, 'withdraw.remove').click();
  await button(page, 'withdraw.sure_yes').click();
  // The request that carries bytes is held, and does not hold this up.
  await expect(heading(page, 'withdraw.gone')).toBeVisible(patience);
  await expect.poll(() => server.filesOf(clip!)).toEqual([]);
  expect(await aloud.slices(page)).toEqual([]);
  release();
  await page.goto(`${proxy.url}/mine`);
  await expect(sentence(page, 'state.withdrawn')).toBeVisible();
  expect(server.filesOf(clip!)).toEqual([]);
  await proxy.close();
});

test('up1_p21 a narrower choice made while bytes are on their way holds before anybody hears of the story', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const { until, release } = held();
  proxy.fault = async (request) => {
    if (isChunk(request) && chunks(proxy).length > 1) await until;
    return 'pass';
  };
  await tellWithPicture(page, teller, 500);
  const clips = await onPhone(page);
  await expect.poll(() => chunks(proxy).length, patience).toBe(2);
  await openOwn(page, 'mine.choices');
  const no = page.getByRole('button', { name: words('consent.meeting.no', { organisation }) });
  await no.click();
  await expect(no).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => proxy.seen.some(({ body }) => body.includes('change_consent')), patience).toBe(true);
  for (const id of clips.keys()) expect(server.blob(id)).toBeUndefined();
  release();
  await page.goto(`${proxy.url}/mine`);
  await expect(safe(page)).toBeVisible(patience);
  expectWhole(server, clips);
  await proxy.close();
});

test('p12 two tabs bring the bytes once and show the same', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  await phone.offline(true);
  await tellWithPicture(page, teller, 500);
  const clips = await onPhone(page);
  await page.goto(`${proxy.url}/mine`);
  const other = await phone.newTab();
  await other.goto(`${proxy.url}/mine`);
  await phone.offline(false);
  for (const tab of [page, other]) await expect(safe(tab)).toBeVisible(patience);
  const offsets = chunks(proxy).map(offset);
  expect(new Set(offsets).size).toBe(offsets.length);
  for (const id of clips.keys()) expect(proxy.mostAtOnce(`${media}/${id}`)).toBe(1);
  expect(proxy.mostAtOnce(sync)).toBe(1);
  expectWhole(server, clips);
  await proxy.close();
});

test('s1 a server that is killed in the middle goes on from what it had', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const percents = await watchPercent(page);
  let killed = false;
  const fault: Fault = async (request) => {
    if (!isChunk(request) || killed || chunks(proxy).length < 3) return 'pass';
    killed = true;
    await server.kill();
    await server.run();
    return 'cut';
  };
  proxy.fault = fault;
  await tellWithPicture(page, teller, 700);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible(patience);
  expect(killed).toBe(true);
  await percents();
  const offsets = chunks(proxy).map(offset);
  expect(offsets.filter((from) => from === 0)).toHaveLength(1);
  expectWhole(server, clips);
  await proxy.close();
});

test('sy11 after a restore in the middle the story is offered again, and all of it arrives', async ({ server, phone }) => {
  await server.kill();
  const copy = server.copy();
  await server.run();
  const { page, proxy, teller } = await behindProxy(server, phone);
  let restored = false;
  proxy.fault = async (request) => {
    if (!isChunk(request) || restored || chunks(proxy).length < 2) return 'pass';
    restored = true;
    await server.kill();
    server.putBack(copy);
    await server.run();
    return 'pass';
  };
  await tellWithPicture(page, teller, 500);
  const clips = await onPhone(page);
  await expect(safe(page)).toBeVisible(patience);
  expect(restored).toBe(true);
  expectWhole(server, clips);
  const analyst = await server.staff('analyst');
  await expect(analyst.getByText('Ruis')).toHaveCount(1);
  await proxy.close();
});

test('up8_borrowed from a borrowed phone sound and pictures leave with the story, and not before they arrived', async ({ server, phone }) => {
  const { page, proxy, teller } = await behindProxy(server, phone);
  const { until, release } = held();
  proxy.fault = async (request) => {
    if (isChunk(request)) await until;
    return 'pass';
  };
  await tellWithPicture(page, teller, 300);
  const clips = await onPhone(page);
  await button(page, 'done.remove').click();
  await expect.poll(() => chunks(proxy).length, patience).toBe(1);
  expect((await onPhone(page)).size).toBe(1);
  release();
  await expect.poll(() => aloud.stored(page, 'stories'), patience).toEqual([]);
  expect(await aloud.slices(page)).toEqual([]);
  expectWhole(server, clips);
  await proxy.close();
});
