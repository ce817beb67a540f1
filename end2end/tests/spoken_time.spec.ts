// The microphone that speaks the time is itself tried: what is said is heard, also after Opus and in half a file.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { listen, listenToTheRest, spoken, wav } from './spoken_time';

let folder: string;
test.beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'vertelpunt-time-'))));
test.afterEach(() => rmSync(folder, { recursive: true }));

/** `seconds` of spoken time, with a pinch of noise, as a browser would record it. */
function recorded(seconds: number, from: number): string {
  const samples = spoken(seconds, from);
  let noise = 1;
  for (const place of samples.keys()) {
    noise = (noise * 48_271) % 0x7fffffff;
    samples[place] = (samples[place] ?? 0) + (noise % 600) - 300;
  }
  const [sound, file] = ['sound.wav', 'recording.webm'].map((name) => path.join(folder, name)) as [string, string];
  writeFileSync(sound, wav(samples));
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', sound, '-c:a', 'libopus', '-b:a', '32k', '-application', 'voip', '-cluster_time_limit', '500', file]);
  return file;
}

for (const [seconds, from] of [
  [1.3, 0],
  [7.37, 123],
  [20, 705],
] as const) {
  test(`the time spoken in ${seconds} s of Opus is heard`, () => {
    const heard = listen(recorded(seconds, from));
    expect(Math.abs(heard.from - from / 10)).toBeLessThan(0.1);
    expect(Math.abs(heard.until - from / 10 - seconds)).toBeLessThan(0.1);
    expect(heard.missing).toBe(0);
    expect(heard.frames[0]).toBe(from);
    expect(heard.frames.at(-1)).toBe(Math.ceil(from + seconds * 10) - 1);
  });
}

test('the time is heard to the end of what is left of a file', () => {
  const file = recorded(10, 40);
  const bytes = readFileSync(file);
  const rest = path.join(folder, 'rest.webm');
  for (const part of [0.15, 0.31, 0.5, 0.77, 0.93]) {
    writeFileSync(rest, bytes.subarray(0, Math.round(bytes.length * part)));
    const packets = execFileSync('ffprobe', ['-v', 'quiet', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', rest], { encoding: 'utf8' });
    const last = Math.max(...packets.split('\n').filter(Boolean).map(parseFloat));
    const heard = listenToTheRest(rest);
    expect(Math.abs(heard.until - 4 - last)).toBeLessThan(0.1);
    expect(Math.abs(heard.frames.at(-1)! / 10 - 4 - last)).toBeLessThan(0.15);
    expect(heard.missing).toBe(0);
  }
});

test('silence, and sound that is no time, are not taken for it', () => {
  const file = path.join(folder, 'silence.wav');
  writeFileSync(file, wav(new Int16Array(48_000)));
  expect(() => listen(file)).toThrow('no time is spoken');
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'anoisesrc=d=5:seed=7', '-f', 'lavfi', '-i', 'sine=700:d=5', '-filter_complex', 'amix', file]);
  expect(() => listen(file)).toThrow('no time is spoken');
});
