// What would be lost if the power went right after an answer: every server under the same harness. It runs a server below
// strace, brings uploads, and after each answer that promises bytes (Upload-Offset) asks the trace what of them was on the
// disk by then: written and followed by fsync or fdatasync of that file, and for a file that was made or renamed, fsync
// of its folder. This is what a disk is allowed to do, not what it does every time: Linux writes such bytes by itself
// after up to half a minute.
//
//   node end2end/media/power.cjs [uploads]        needs strace, and a machine that lets a user trace own processes

const { randomBytes } = require('node:crypto');
const { readFileSync, rmSync } = require('node:fs');
const path = require('node:path');
const { project, push, story } = require('./announced.cjs');
const { ours, tus } = require('./servers.cjs');

const LENGTH = 300_000;
const PIECE = 100_000;
const UPLOADS = Number(process.argv[2] ?? 20);
const bytesOf = { 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream' };
const base64 = (text) => Buffer.from(text).toString('base64');

/** Seconds since 1970, as finely as strace says them: an answer often comes within a millisecond of the disk's own. */
const now = () => (performance.timeOrigin + performance.now()) / 1_000;

/** Brings one upload in pieces; every answer with the moment it came. */
async function bring(create, headers, bytes, answers) {
  const begun = await fetch(create.url, {
    method: 'POST',
    headers: { ...headers, 'Tus-Resumable': '1.0.0', 'Upload-Length': `${bytes.length}`, 'Upload-Metadata': create.metadata },
  });
  if (begun.status !== 201) throw new Error(`${begun.status} ${await begun.text()}`);
  const address = new URL(begun.headers.get('location'), create.url);
  const name = path.basename(address.pathname);
  for (let at = 0; at < bytes.length; at += PIECE) {
    const answer = await fetch(address, {
      method: 'PATCH',
      headers: { ...headers, ...bytesOf, 'Upload-Offset': `${at}` },
      body: bytes.subarray(at, at + PIECE),
    });
    if (answer.status !== 204) throw new Error(`${answer.status} ${await answer.text()}`);
    answers.push({ name, offset: Number(answer.headers.get('upload-offset')), at: now() });
  }
}

/** The calls of a trace that say what is on the disk, in their order. */
function* calls(trace) {
  const begun = new Map();
  for (const line of trace.split('\n')) {
    const whole = line.match(/^(\d+) +(\d+\.\d+) (.*)$/);
    if (!whole) continue;
    const [, thread, at, rest] = whole;
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = rest.match(/^<\.\.\. \w+ resumed>(.*)$/);
    const text = resumed ? (begun.get(thread) ?? '') + resumed[1] : rest;
    const call = text.match(/^(\w+)\((.*)\) += (-?\d+)(?: <([^>]*)>)?/);
    if (call && Number(call[3]) >= 0) yield { at: Number(at), call: call[1], arguments: call[2], result: Number(call[3]) };
  }
}

/** How many bytes of how many answers were not on the disk when they were answered. */
function lost(trace, answers) {
  const written = new Map(); // path → bytes written so far
  const kept = new Map(); // path → bytes on the disk
  const nameless = new Set(); // paths whose name is not on the disk
  const due = [...answers].sort((one, other) => one.at - other.at);
  const missing = { answers: 0, bytes: 0 };
  const judge = (until) => {
    while (due.length && due[0].at < until) {
      const { name, offset } = due.shift();
      const paths = [...kept.keys()].filter((file) => path.basename(file) === name && !nameless.has(file));
      const there = Math.max(0, ...paths.map((file) => kept.get(file)));
      if (there < offset) {
        missing.answers += 1;
        missing.bytes += offset - there;
      }
    }
  };
  for (const { at, call, arguments: given, result } of calls(trace)) {
    judge(at);
    const file = given.match(/^\d+<([^>]*)>/)?.[1];
    if (call === 'openat' && given.includes('O_CREAT')) {
      const named = given.match(/"([^"]*)"/)[1];
      if (!written.has(named)) nameless.add(named);
    } else if (call === 'ftruncate') {
      const length = Number(given.match(/(\d+)$/)[1]);
      written.set(file, Math.min(length, written.get(file) ?? 0));
    } else if (/^p?writev?(64)?2?$/.test(call)) {
      written.set(file, (written.get(file) ?? 0) + result);
    } else if (call === 'fsync' || call === 'fdatasync') {
      kept.set(file, written.get(file) ?? 0);
      for (const named of nameless) if (path.dirname(named) === file) nameless.delete(named);
    } else if (call.startsWith('rename')) {
      const [from, to] = [...given.matchAll(/"([^"]*)"/g)].map((found) => found[1]);
      for (const known of [written, kept]) if (known.has(from)) known.set(to, known.get(from));
      nameless.add(to);
    }
  }
  judge(Infinity);
  return missing;
}

async function under(name, start, announce) {
  const file = path.join(require('node:os').tmpdir(), `vertelpunt-trace-${process.pid}`);
  const traced = 'openat,write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,ftruncate,rename,renameat,renameat2';
  const server = await start(['strace', '-f', '-qq', '-y', '-ttt', '-s', '0', '-e', `trace=${traced}`, '-e', 'signal=none', '-o', file]);
  const answers = [];
  for (let number = 0; number < UPLOADS; number += 1) {
    const bytes = randomBytes(LENGTH);
    const { create, headers } = await announce(server.url, bytes);
    await bring(create, headers, bytes, answers);
  }
  await server.end();
  const { answers: untrue, bytes } = lost(readFileSync(file, 'utf8'), answers);
  rmSync(file);
  console.log(`power ${name.padEnd(12)} ${untrue} of ${answers.length} answers promised bytes that were not on the disk (${bytes} bytes)`);
  return untrue;
}

(async () => {
  const ourLoss = await under('vertelpunt', ours, async (url, bytes) => {
    const told = story(await project(url), [bytes]);
    await push(url, told);
    return { create: { url: `${url}/api/v1/media`, metadata: `clip ${base64(told.clips[0].id)}` }, headers: told.headers };
  });
  const theirs = await under('@tus/server', tus, async (url) => ({ create: { url: `${url}/files`, metadata: `name ${base64('a')}` }, headers: {} }));
  if (ourLoss > 0) throw new Error('we promised what we could not keep');
  if (theirs === 0) throw new Error('a harness that finds nothing in a server that never asks the disk is no harness');
})().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
