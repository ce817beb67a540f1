// A disk that is really full: the server on a small tmpfs, filled to the last byte, killed and started again there. It
// needs to mount one, as root or in a namespace of its own (`unshare --user`), which some containers forbid.
//
//   node end2end/media/full.cjs

const { spawn, spawnSync } = require('node:child_process');
const { createHash, randomBytes, randomUUID } = require('node:crypto');
const { closeSync, mkdtempSync, openSync, rmSync, writeSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { project, story } = require('./announced.cjs');

const target = process.env.CARGO_TARGET_DIR ?? path.join(__dirname, '../../target');
const binary = path.join(target, 'release/vertelpunt');
const SIZE = '48m';
const RESERVE = 16 << 20;
const SOUND = 300_000;
const failed = (words) => {
  throw new Error(words);
};

/** A process that does nothing but hold a small disk; the folder as others reach it. */
async function disk() {
  const folder = mkdtempSync(path.join(tmpdir(), 'vertelpunt-full-'));
  const mount = `mount -t tmpfs -o size=${SIZE} tmpfs '${folder}' && echo mounted && exec sleep infinity`;
  const own = process.getuid() === 0 ? [] : ['--user', '--map-root-user'];
  const holder = spawn('unshare', [...own, '--mount', 'sh', '-c', mount], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    holder.stdout.once('data', resolve);
    holder.once('exit', () => reject(new Error('no tmpfs can be mounted here')));
  });
  const enter = ['nsenter', '-t', `${holder.pid}`, '--mount', ...(own.length ? ['--user', '--preserve-credentials'] : [])];
  return { folder, enter, seen: path.join('/proc', `${holder.pid}`, 'root', folder), end: () => { holder.kill(); rmSync(folder, { recursive: true }); } };
}

async function start({ enter, folder }) {
  const begun = performance.now();
  const [program, ...before] = enter;
  const server = [binary, '--demo', 'true', '--log', 'off', '--media-reserve', `${RESERVE}`, '--data', path.join(folder, 'data'), '--address', '127.0.0.1:0', '--site', path.join(target, 'site')];
  const child = spawn(program, [...before, ...server], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let printed = '';
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${printed}`)));
    child.stdout.on('data', (bytes) => {
      printed += bytes;
      const found = printed.match(/Vertelpunt: +(http:\/\/\S+)/);
      if (found) resolve(found[1].replace('localhost', '127.0.0.1'));
    });
  });
  child.removeAllListeners('exit');
  const kill = () => new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGKILL'));
  return { url, kill, seconds: (performance.now() - begun) / 1_000 };
}

/** Pushes one command: `full` where the answer says so, otherwise its verdict. */
async function push(url, envelope, headers = {}) {
  const body = JSON.stringify({ protocol: 1, nonce: randomBytes(16).toString('hex'), push: [envelope], pull: [] });
  const answer = await fetch(`${url}/api/v1/sync`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  if (answer.status === 507) return (await answer.json()).problem.code === 'storage_full' ? 'full' : failed('507 without its code');
  if (answer.status !== 200) failed(`${answer.status} ${await answer.text()}`);
  const { verdict } = (await answer.json()).outcomes[0];
  return verdict.rejected?.problem.code === 'storage_full' ? 'full' : verdict;
}

/** A story of words, or of words and sound, with the key that takes it back. */
function told(about, number) {
  const bytes = number % 4 === 0 ? randomBytes(SOUND) : undefined;
  const one = story(about, bytes ? [bytes] : []);
  const finalize = one.envelope.command.finalize_story;
  const text = `Verhaal ${number}. ${'Vol is vol. '.repeat(300)}`;
  const owner = randomBytes(32);
  finalize.owner_key_hash = createHash('sha256').update(owner).digest('hex');
  finalize.content.text = text;
  finalize.parts.unshift({ sha256: createHash('sha256').update(text).digest('hex'), length: text.length, kind: 'text' });
  return { ...one, bytes, owner: { 'Story-Keys': owner.toString('hex') } };
}

/** Brings a story; true once it is acknowledged, false when there is no room. */
async function bring(url, { envelope, bytes, clips, headers }) {
  if ((await push(url, envelope)) === 'full') return false;
  if (bytes) {
    const answer = await fetch(`${url}/api/v1/media`, {
      method: 'POST',
      headers: {
        ...headers,
        'Tus-Resumable': '1.0.0',
        'Content-Type': 'application/offset+octet-stream',
        'Upload-Length': `${bytes.length}`,
        'Upload-Metadata': `clip ${Buffer.from(clips[0].id).toString('base64')}`,
      },
      body: bytes,
    });
    if (answer.status === 507) return false;
    if (answer.status !== 201) failed(`${answer.status} ${await answer.text()}`);
  }
  const verdict = await push(url, envelope);
  return verdict !== 'full' && Boolean(verdict.committed?.acknowledgement ?? failed(JSON.stringify(verdict)));
}

/** Fills a disk to its last byte, as a log that nobody watched would. */
function fill(file) {
  const handle = openSync(file, 'a');
  for (let length = 1 << 20; length >= 1; ) {
    try {
      writeSync(handle, Buffer.alloc(length));
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error;
      length >>= 1;
    }
  }
  closeSync(handle);
}

async function everyOneIsThere(url, oracle) {
  for (const { envelope } of oracle) {
    const verdict = await push(url, envelope);
    if (!verdict.committed?.already || !verdict.committed.acknowledgement) failed(`an acknowledged story was lost: ${JSON.stringify(verdict)}`);
  }
}

(async () => {
  const small = await disk();
  try {
    let server = await start(small);
    const about = await project(server.url);
    const [oracle, waiting] = [[], []];
    for (let number = 0; waiting.filter(({ bytes }) => !bytes).length < 20; number += 1) {
      const one = told(about, number);
      ((await bring(server.url, one)) ? oracle : waiting).push(one);
    }
    const filler = path.join(small.seen, 'filler');
    fill(filler);
    for (const one of waiting) if (await bring(server.url, one)) failed('taken without room');
    // With nothing left on the disk, two tellers take their story back: the room that was kept is for them.
    for (const { envelope, owner } of oracle.splice(0, 2)) {
      const story = envelope.command.finalize_story.story;
      const withdrawal = { id: randomUUID(), sequence: 2, command: { withdraw_story: { story } } };
      let verdict = 'full';
      for (let tries = 0; verdict === 'full' && tries < 3; tries += 1) verdict = await push(server.url, withdrawal, owner);
      if (!verdict.committed) failed(`taking back: ${JSON.stringify(verdict)}`);
    }
    await everyOneIsThere(server.url, oracle);
    await server.kill();
    fill(filler);
    server = await start(small);
    const restarted = server.seconds;
    await everyOneIsThere(server.url, oracle);
    rmSync(filler);
    const [program, ...before] = small.enter;
    spawnSync(program, [...before, 'mount', '-o', 'remount,size=512m', small.folder]);
    for (const one of waiting) {
      if (!(await bring(server.url, one))) failed('there is room again, and it is refused');
    }
    await everyOneIsThere(server.url, [...oracle, ...waiting]);
    await server.kill();
    const verified = spawnSync(program, [...before, binary, 'verify', '--data', path.join(small.folder, 'data')]);
    if (verified.status !== 0) failed(`${verified.stdout}${verified.stderr}`);
    console.log(`full: ${oracle.length} acknowledged stories there, 2 taken back with a full disk, started on it in ${restarted.toFixed(2)} s, ${waiting.length} taken once there was room`);
    console.log(`full: ${String(verified.stdout).trim()}`);
  } finally {
    small.end();
  }
})().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
