// Stories with sound and pictures, brought as any client of the open contract brings them, with their keys at hand.

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
  /** Its teller answered the project's questions. */
  answered?: boolean;
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

/** So many seconds of spoken time, louder and softer as a voice is. */
export function sound(seconds: number): Clip {
  const bytes = made('sound.webm', wav(spoken(seconds)), '-i', 'input.wav', '-af', 'tremolo=f=0.3:d=0.95', '-c:a', 'libopus', '-b:a', '32k');
  return { id: randomUUID(), kind: 'sound', mediaType: 'audio/webm;codecs=opus', bytes, millis: seconds * 1000 };
}

/** A photo of something of many colours. */
export function photo(words?: string): Clip {
  const bytes = made('photo.jpg', undefined, '-f', 'lavfi', '-i', 'testsrc=size=800x600', '-frames:v', '1');
  return { id: randomUUID(), kind: 'photo', mediaType: 'image/jpeg', bytes, millis: 0, words };
}

interface Signifier {
  id: string;
  kind: { choice?: { options: { id: string }[] }; slider?: { poles: { id: string }[] }; triangle?: { corners: { id: string }[] } };
}

/** An answer off the middle. */
function answerTo({ id, kind }: Signifier): object {
  const shares = kind.triangle?.corners.map((corner, place) => [corner.id, [60, 30, 10][place]]);
  const answer = kind.slider
    ? { slider: { towards: kind.slider.poles[1]!.id, by: 60 } }
    : shares
      ? { triangle: { shares: Object.fromEntries(shares) } }
      : { choice: [kind.choice!.options[0]!.id] };
  return { question: id, answer };
}

/** Brings stories, with every use allowed, and all of their bytes. */
export async function bring(server: Server, told: (Omit<Story, 'id' | 'ownerKey'> & { ownerKey?: Buffer })[]): Promise<Story[]> {
  const project = (await (await fetch(`${server.url}/api/v1/entry/houten`)).json()) as {
    id: string;
    prompts: { id: string }[];
    signifiers: Signifier[];
  };
  const stories = told.map((story) => ({ ownerKey: randomBytes(32), ...story, id: randomUUID() }));
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
            answers: story.answered ? project.signifiers.map(answerTo) : [],
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
  for (const story of stories) await upload(server, story);
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

/** Brings the bytes of a story by tus: the upload is created with all of them. */
async function upload(server: Server, story: Story): Promise<void> {
  for (const clip of story.clips) {
    const answer = await fetch(`${server.url}/api/v1/media`, {
      method: 'POST',
      headers: {
        'tus-resumable': '1.0.0',
        'story-keys': story.ownerKey.toString('hex'),
        'upload-length': String(clip.bytes.length),
        'upload-metadata': `clip ${Buffer.from(clip.id).toString('base64')}`,
        'content-type': 'application/offset+octet-stream',
      },
      body: new Uint8Array(clip.bytes),
    });
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  }
}
