// Stories with sound and pictures, brought as any client of the open contract brings them, with their keys at hand.

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext } from '@playwright/test';
import type { Server } from './server';
import { spoken, wav } from './spoken_time';

export interface Clip {
  id: string;
  kind: 'sound' | 'photo' | 'drawing';
  mediaType: string;
  bytes: Buffer;
  /** How long it lasts, in milliseconds. */
  millis: number;
  words?: string;
}

export interface Story {
  id: string;
  title?: string;
  text?: string;
  clips: Clip[];
  ownerKey: Buffer;
}

const sha = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** What ffmpeg makes of its arguments, which end before the file it writes. */
function made(file: string, input: Buffer | undefined, ...flags: string[]): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'vertelpunt-clip-'));
  const target = path.join(folder, file);
  if (input) writeFileSync(path.join(folder, 'input.wav'), input);
  execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...flags, target], { cwd: folder });
  const bytes = readFileSync(target);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** So many seconds of spoken time. */
export function sound(seconds: number): Clip {
  const bytes = made('sound.webm', wav(spoken(seconds)), '-i', 'input.wav', '-c:a', 'libopus', '-b:a', '32k');
  return { id: randomUUID(), kind: 'sound', mediaType: 'audio/webm;codecs=opus', bytes, millis: seconds * 1000 };
}

/** A photo of something of many colours. */
export function photo(words?: string): Clip {
  const bytes = made('photo.jpg', undefined, '-f', 'lavfi', '-i', 'testsrc=size=800x600', '-frames:v', '1');
  return { id: randomUUID(), kind: 'photo', mediaType: 'image/jpeg', bytes, millis: 0, words };
}

/** Brings stories, with every use allowed, and all of their bytes. */
export async function bring(server: Server, told: Omit<Story, 'id' | 'ownerKey'>[]): Promise<Story[]> {
  const project = (await (await fetch(`${server.url}/api/v1/entry/houten`)).json()) as {
    id: string;
    prompts: { id: string }[];
    signifiers: { id: string; kind: Record<string, never> }[];
  };
  const stories = told.map((story) => ({ ...story, id: randomUUID(), ownerKey: randomBytes(32) }));
  const envelopes = stories.map((story, place) => {
    const text = story.text === undefined ? [] : [{ kind: 'text', length: Buffer.byteLength(story.text), sha256: sha(story.text) }];
    const parts = story.clips.map(({ kind, bytes }) => ({ kind, length: bytes.length, sha256: sha(bytes) }));
    const clips = story.clips.map(({ id, kind, mediaType, bytes, millis, words }) => ({
      id,
      kind,
      media_type: mediaType,
      length: bytes.length,
      millis,
      sha256: sha(bytes),
      ...(words ? { words } : {}),
    }));
    return {
      id: randomUUID(),
      sequence: place + 1,
      command: {
        finalize_story: {
          story: story.id,
          origin: { project: project.id, prompt: project.prompts[0]!.id },
          content: {
            title: story.title,
            pictures: [place * 2 + 3, place * 2 + 4],
            text: story.text,
            language: 'nl',
            perspective: ['resident', 'professional', 'policymaker'][place % 3],
            tags: [{ set: 'work' }, { set: 'proud' }],
            clips,
          },
          parts: [...text, ...parts],
          choices: { analysis: 'yes', meeting: 'yes', report: 'no', public: 'no' },
          wording: 'nl/1',
          owner_key_hash: sha(story.ownerKey),
          upload_key_hash: sha(randomBytes(32)),
          told_at: Date.now(),
        },
      },
    };
  });
  await push(server, envelopes);
  await arrive(server, stories);
  return stories;
}

/** Takes a story back, as its teller does. */
export async function withdraw(server: Server, story: Story): Promise<void> {
  const command = { withdraw_story: { story: story.id } };
  await push(server, [{ id: randomUUID(), sequence: 1, command }], story.ownerKey);
}

async function push(server: Server, envelopes: object[], key?: Buffer): Promise<void> {
  const answer = await fetch(`${server.url}/api/v1/sync`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { 'story-keys': key.toString('hex') } : {}) },
    body: JSON.stringify({ protocol: 1, nonce: randomBytes(16).toString('hex'), push: envelopes }),
  });
  const { outcomes } = (await answer.json()) as { outcomes: { verdict: object }[] };
  for (const { verdict } of outcomes) if (!('committed' in verdict)) throw new Error(JSON.stringify(verdict));
}

// ---- Until the server takes bytes and hands them out: they are said to be there, and the browser gets them from here.

/** Says that every byte arrived, behind the server's back. */
async function arrive(server: Server, stories: Story[]): Promise<void> {
  if (stories.every((story) => story.clips.length === 0)) return;
  await server.kill();
  const script = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE clip SET arrived = 1")
for (story, project) in db.execute("SELECT id, project FROM story WHERE id IN (SELECT story FROM clip)").fetchall():
    name = "members/%s" % __import__("uuid").UUID(bytes=project)
    if db.execute("SELECT 1 FROM scope_line WHERE scope = ? AND entity = ?", (name, story)).fetchone():
        continue
    db.execute("INSERT INTO scope (name, revision) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET revision = revision + 1", (name,))
    db.execute("INSERT INTO scope_line (scope, kind, entity, revision, entered, presence) SELECT name, 'summary', ?, revision, revision, 'put' FROM scope WHERE name = ?", (story, name))
db.commit()
`;
  execFileSync('python3', ['-c', script, path.join(server.data, 'vertelpunt.sqlite')]);
  await server.run();
}

/** Hands clips out to a browser as the server will. */
export async function handOut(context: BrowserContext, stories: Story[]): Promise<void> {
  const clips = new Map(stories.flatMap((story) => story.clips.map((clip) => [clip.id, clip] as const)));
  const peaks = Array.from({ length: 200 }, (_, n) => Math.round(128 + 120 * Math.sin(n / 3) * Math.cos(n / 17)));
  await context.route(/\/api\/v1\/stories\/[^/]+$/, async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const read = (await response.json()) as { clips?: { id: string; measured: unknown }[] };
    for (const clip of read.clips ?? []) {
      const { kind, mediaType, bytes, millis } = clips.get(clip.id)!;
      const facts = kind === 'sound' ? { millis, peaks } : { pixels: [800, 600] };
      if (bytes.length === 1) clip.measured = 'refused';
      else if (bytes.length > 2) clip.measured = { done: { media_type: mediaType, length: bytes.length, ...facts } };
    }
    return route.fulfill({ response, json: read });
  });
  await context.route(/\/api\/v1\/stories\/[^/]+\/clips\//, (route) => {
    const clip = clips.get(new URL(route.request().url()).pathname.split('/').pop()!)!;
    const range = /bytes=(\d+)-(\d*)/.exec(route.request().headers()['range'] ?? '');
    const first = Number(range?.[1] ?? 0);
    const last = Math.min(Number(range?.[2] || clip.bytes.length - 1), clip.bytes.length - 1);
    return route.fulfill({
      status: range ? 206 : 200,
      headers: {
        'content-type': clip.mediaType,
        'accept-ranges': 'bytes',
        ...(range ? { 'content-range': `bytes ${first}-${last}/${clip.bytes.length}` } : {}),
      },
      body: clip.bytes.subarray(first, last + 1),
    });
  });
}
