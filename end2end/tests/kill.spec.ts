// Recording on a phone that is killed (P1). The microphone speaks the time, so the recording itself tells how much of
// what was said before the kill is there after it.

import { clips, comeBack, comeBackByLink, heardOf, lengthStillHere, openRecorder, Recording, slices, startRecording, timer } from './aloud';
import { expect, Phone, test, type Server } from './server';

/** The most that a kill may take, in seconds. */
const limit = 1;
/** Lengths are shown in whole seconds. */
const shownTo = 1;

/** One kill, times in seconds. */
interface Kill {
  seed: number;
  /** Since recording began. */
  killed: number;
  /** What the screen said was stored, just before. */
  onScreen: number;
  /** What the phone says is there, afterwards. */
  stored: number;
  /** How long what a player decodes lasts. */
  decoded: number;
  loss: number;
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Records, kills the browser between 1 s and `latest`, and looks at what is there. */
async function recordAndKill(server: Server, seed: number, latest: number): Promise<Kill> {
  const phone = new Phone();
  try {
    let page = await phone.open({ microphone: 'allowed' });
    const recording = await Recording.of(page);
    await openRecorder(page, server.links.teller);
    await startRecording(page);
    const moment = 1 + random(seed)() * (latest - 1);
    const began = await recording.began();
    await recording.reaches(moment);
    const onScreen = await timer(page);
    const killed = ((await phone.kill()) - began) / 1000;

    page = await phone.open();
    await comeBackByLink(page, server);
    const shown = await lengthStillHere(page);
    const before = await slices(page);
    const [clip] = await clips(page, 'drafts');
    const heard = await heardOf(page, clip!.id, test.info().outputPath(`${seed}.webm`));
    const kill = { seed, killed, onScreen, stored: clip!.millis / 1000, decoded: heard.lasts, loss: heard.from + killed - heard.until };

    expect(heard.missing, 'frames that are not heard between the first and the last').toBeLessThan(3);
    expect(Math.abs(kill.stored - heard.lasts), `stored and heard: ${line(kill)}`).toBeLessThan(shownTo);
    expect(Math.abs(shown - kill.stored), `shown and stored: ${line(kill)}`).toBeLessThan(shownTo);
    expect(onScreen, `what the screen promised: ${line(kill)}`).toBeLessThanOrEqual(kill.stored);
    expect(kill.loss, line(kill)).toBeLessThanOrEqual(limit);

    await phone.kill();
    page = await phone.open();
    await comeBack(page, server);
    expect(await lengthStillHere(page)).toBe(shown);
    expect(await slices(page)).toEqual(before);
    return kill;
  } finally {
    await phone.end();
  }
}

const heads = ['seed', 'killed at', 'on screen', 'stored', 'decoded', 'loss'];

function line(kill: Kill): string {
  const { seed, ...times } = kill;
  return [`${seed}`.padStart(9), ...Object.values(times).map((time) => `${time.toFixed(2)} s`.padStart(9))].join(' ');
}

function print(kills: Kill[]): void {
  const losses = kills.map(({ loss }) => loss).sort((a, b) => a - b);
  const worst = losses.at(-1) ?? 0;
  const median = losses[losses.length >> 1] ?? 0;
  console.log([heads.map((head) => head.padStart(9)).join(' '), ...kills.map(line), `loss: median ${median.toFixed(2)} s, worst ${worst.toFixed(2)} s`].join('\n'));
}

/** So many tests of so many kills, each a browser of its own. */
async function killAll(server: Server, first: number, count: number, latest: number): Promise<void> {
  const kills: Kill[] = [];
  try {
    for (let seed = first; seed < first + count; seed += 1) kills.push(await recordAndKill(server, seed, latest));
  } finally {
    print(kills);
  }
}

for (const first of [1, 6, 11, 16]) {
  test(`me2_p1 a browser killed while it records loses a second at most, from seed ${first}`, async ({ server }) => {
    await killAll(server, first, 5, 4);
  });
}

for (let first = 1001; first <= 1200; first += 10) {
  test(`me2_p1 a browser killed while it records loses a second at most, from seed ${first} @soak`, async ({ server }) => {
    test.setTimeout(600_000);
    await killAll(server, first, 10, 8);
  });
}
