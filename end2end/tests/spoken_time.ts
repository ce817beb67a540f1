// A microphone that speaks the time. Chromium plays a file as its microphone; ours says ten times a second, in tones,
// how long it has been speaking. So what is left of a recording tells which moment it ends at.
//
// Each frame is a chord of four tones, one from each group of ten: three digits of its number and a check. They lie in
// the band of speech and none lasts longer than a frame, or noise suppression takes them for the hum of a room and
// removes them: so the slow digits and the check are turned along with the fast one.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const rate = 48_000;
const digits = 10;
const groups = 4;
/** How many frames there are before the microphone begins again. */
export const frames = digits ** (groups - 1);
/** How long one lasts, in seconds. */
export const frameLength = 0.1;
const ramp = 0.008;
const loudness = 0.13;

const lowest = 450;
const apart = 75;
// Neighbours of a group are four tones apart, so that a chord is spread over the whole band.
const tone = (group: number, digit: number) => lowest + apart * (digit * groups + group);

/** The four digits that are heard in a frame. */
function chord(frame: number): number[] {
  const [fast, middle, slow] = [frame % digits, Math.floor(frame / digits) % digits, Math.floor(frame / digits / digits) % digits];
  const check = fast + 3 * middle + 7 * slow;
  return [fast, middle + 3 * fast, slow + 7 * fast, check + 9 * fast + 5].map((digit) => digit % digits);
}

const frameOf = new Map(Array.from({ length: frames }, (_, frame) => [chord(frame).join(), frame]));

/** The sound of `seconds` of time, as 16 bits. */
export function spoken(seconds: number, from = 0): Int16Array {
  const perFrame = rate * frameLength;
  const samples = new Int16Array(Math.round(seconds * rate));
  for (let place = 0; place < samples.length; place += 1) {
    const frame = from + Math.floor(place / perFrame);
    const within = (place % perFrame) / rate;
    const fade = Math.min(1, within / ramp, (frameLength - within) / ramp);
    const sum = chord(frame % frames).reduce((sum, digit, group) => sum + Math.sin(2 * Math.PI * tone(group, digit) * within), 0);
    samples[place] = Math.round(sum * loudness * Math.sin((fade * Math.PI) / 2) ** 2 * 0x7fff);
  }
  return samples;
}

/** Samples as a WAV file. */
export function wav(samples: Int16Array): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer)]);
}

/** Writes a microphone that speaks all its time, for `--use-file-for-fake-audio-capture`. */
export function writeMicrophone(file: string): void {
  microphone ??= wav(spoken(frames * frameLength));
  writeFileSync(file, microphone);
}

let microphone: Buffer | undefined;

/** A frame heard in a recording, and where (in seconds from its beginning, the middle of what was looked at). */
interface Window {
  frame: number;
  at: number;
}

/** What there is in a recording. Times of the microphone are in seconds since it began to speak. */
export interface Heard {
  /** How long the recording lasts. */
  lasts: number;
  /** The frames heard, each once, in the order heard. */
  frames: number[];
  /** The microphone's time at the recording's beginning, from the first frames heard. */
  from: number;
  /** The microphone's time at the end of what can be heard, from the last frames heard. */
  until: number;
  /** How many frames between the first and the last are not heard. */
  missing: number;
}

const decodedRate = 16_000;
const window = 0.06;
const step = 0.01;
/** How many windows around a moment say what time it is there. */
const nearby = 60;
const faintest = 1e-8;

/** Listens to a file; throws when it does not decode without complaint. */
export function listen(file: string): Heard {
  return heard(decode(file, ['-xerror', '-err_detect', 'explode']));
}

/** Listens to a file that may be broken off anywhere. */
export function listenToTheRest(file: string): Heard {
  return heard(decode(file, []));
}

function decode(file: string, options: string[]): Float32Array {
  const asked = ['-v', 'error', ...options, '-i', file, '-f', 'f32le', '-ac', '1', '-ar', `${decodedRate}`, '-'];
  const bytes = execFileSync('ffmpeg', asked, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function heard(samples: Float32Array): Heard {
  const windows = windowsOf(samples);
  const lasts = samples.length / decodedRate;
  const first = windows[0];
  const last = windows.at(-1);
  if (!first || !last) throw new Error(`no time is spoken in ${lasts.toFixed(2)} s of sound`);
  const frames = windows.map(({ frame }) => frame).filter((frame, place, all) => frame !== all[place - 1]);
  const steps = frames.slice(1).map((frame, place) => frame - frames[place]!);
  return {
    lasts,
    frames,
    from: offset(windows.slice(0, nearby)),
    until: Math.min(lasts, last.at + frameLength) + offset(windows.slice(-nearby)),
    missing: steps.reduce((sum, step) => sum + Math.abs(step - 1), 0),
  };
}

/** How far the microphone's time is ahead of the recording's. */
function offset(windows: Window[]): number {
  const offsets = windows.map(({ frame, at }) => (frame + 0.5) * frameLength - at).sort((a, b) => a - b);
  return offsets[offsets.length >> 1]!;
}

/** Every window in which a frame is heard that is heard in the next one or the one before too. */
function windowsOf(samples: Float32Array): Window[] {
  const length = Math.round(window * decodedRate);
  const found: (number | undefined)[] = [];
  for (let start = 0; start + length <= samples.length; start += step * decodedRate) {
    found.push(frameIn(samples.subarray(start, start + length)));
  }
  return found.flatMap((frame, place) => {
    const twice = frame !== undefined && (frame === found[place - 1] || frame === found[place + 1]);
    return twice ? [{ frame, at: place * step + window / 2 }] : [];
  });
}

function frameIn(samples: Float32Array): number | undefined {
  const digitsHeard: number[] = [];
  for (let group = 0; group < groups; group += 1) {
    const powers = Array.from({ length: digits }, (_, digit) => power(samples, tone(group, digit) / decodedRate));
    const [first, second] = [...powers].sort((a, b) => b - a);
    if (first! < faintest || first! < 4 * second!) return undefined;
    digitsHeard.push(powers.indexOf(first!));
  }
  return frameOf.get(digitsHeard.join());
}

/** Goertzel: how much of one frequency (in cycles per sample) there is. */
function power(samples: Float32Array, frequency: number): number {
  const coefficient = 2 * Math.cos(2 * Math.PI * frequency);
  let [last, before] = [0, 0];
  for (let place = 0; place < samples.length; place += 1) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * (place + 0.5)) / samples.length);
    [last, before] = [samples[place]! * weight + coefficient * last - before, last];
  }
  return (last * last + before * before - coefficient * last * before) / samples.length ** 2;
}
