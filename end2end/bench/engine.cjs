// `make bench`: what the engine promises, in one run against one binary: how much waiting for the disk together saves,
// how fast people who work with stories are answered as stories grow many, and how soon and how small the server stands.
// Numbers compare within a run; another machine gives others.

const { createHash, randomBytes, randomUUID } = require('node:crypto');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { spawn } = require('node:child_process');
const { tmpdir } = require('node:os');
const http = require('node:http');
const path = require('node:path');
const { chromium } = require('@playwright/test');
const { project } = require('../media/announced.cjs');

const target = process.env.CARGO_TARGET_DIR ?? path.join(__dirname, '../../target');
const SIZES = (process.env.SIZES ?? '1000,10000,100000').split(',').map(Number);
const IN_FLIGHT = 64;
const ASKED = 200;
const NARROWED = 40;

/** The words of stories: a few are in many, most are in few, as words are. */
const WORDS = Array.from({ length: 4_000 }, (_, number) => createHash('sha256').update(`${number}`).digest('hex').replace(/\d/g, '').slice(0, 7));
const word = () => WORDS[Math.floor(WORDS.length * Math.random() ** 3)];
const TAGS = ['work', 'money', 'learning', 'neighbours', 'health', 'housing'];
const words = (count) => Array.from({ length: count }, word).join(' ');

const agent = new http.Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

function ask(url, method, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers }, (answer) => {
      const parts = [];
      answer.on('data', (bytes) => parts.push(bytes));
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode >= 300) reject(new Error(`${method} ${url}: ${answer.statusCode} ${text}`));
        else resolve({ headers: answer.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Starts the binary on a data folder; answers once it says where it listens, and how long that took. */
async function start(data) {
  const flags = ['--demo', 'true', '--log', 'warn', '--data', data, '--address', '127.0.0.1:0', '--site', path.join(target, 'site')];
  const began = performance.now();
  const child = spawn(path.join(target, 'release/vertelpunt'), flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const links = await new Promise((resolve, reject) => {
    let printed = '';
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
    child.stdout.on('data', (bytes) => {
      printed += bytes;
      const [teller, analyst] = ['Verteller', 'Analist'].map((name) => printed.match(new RegExp(`^${name}: +(\\S+)\\s`, 'm'))?.[1]);
      if (teller && analyst) resolve({ teller, analyst });
    });
  });
  const url = new URL(links.teller).origin.replace('localhost', '127.0.0.1');
  await ask(`${url}/healthz`, 'GET', {});
  const ready = performance.now() - began;
  child.removeAllListeners('exit');
  process.on('exit', () => child.kill());
  return {
    url,
    ready,
    analyst: links.analyst,
    memory: () => Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024,
    end: async () => {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function envelope(about) {
  const text = words(60);
  const finalize = {
    story: randomUUID(),
    origin: { project: about.id, entry: 'houten', prompt: about.prompts[0].id },
    content: { title: words(3), text, pictures: [5, 44], language: 'nl', perspective: 'resident', tags: [{ set: TAGS[Math.floor(TAGS.length * Math.random())] }] },
    parts: [{ sha256: sha256(text), length: Buffer.byteLength(text), kind: 'text' }],
    choices: { analysis: 'yes', meeting: 'yes', report: 'yes', public: 'yes' },
    wording: 'nl/1',
    owner_key_hash: sha256(randomBytes(32)),
    upload_key_hash: sha256(randomBytes(32)),
    told_at: Date.now(),
  };
  return { id: randomUUID(), sequence: 1, command: { finalize_story: finalize } };
}

const sync = (url, push, pull, headers = {}) => {
  const request = { protocol: 1, nonce: randomBytes(16).toString('hex'), push, pull };
  return ask(`${url}/api/v1/sync`, 'POST', { 'content-type': 'application/json', ...headers }, JSON.stringify(request));
};

async function push(url, envelopes) {
  const { outcomes } = JSON.parse((await sync(url, envelopes, [])).text);
  for (const { verdict } of outcomes) if (!verdict.committed?.acknowledgement) throw new Error(JSON.stringify(verdict));
}

/** Does `work` with each of `all`, so many at once; answers how many a second, and how long each took. */
async function all(list, atOnce, work) {
  const [left, waits, began] = [list.slice(), [], performance.now()];
  const one = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const from = performance.now();
      await work(next);
      waits.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { perSecond: (1_000 * list.length) / (performance.now() - began), p95: at(waits, 0.95) };
}

/** The wait that so large a part of them did not exceed. */
function at(waits, part) {
  const sorted = waits.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

const ms = (time) => `${time.toFixed(1)} ms`;

async function signIn(server) {
  const secret = new URL(server.analyst).hash.slice(1);
  const { headers } = await ask(`${server.url}/api/v1/sign-in`, 'POST', { 'content-type': 'application/json' }, JSON.stringify({ secret }));
  return headers['set-cookie'][0].split(';')[0];
}

/** Small commands, each on the disk before it is answered: alone each waits for the disk itself. */
async function commands(server) {
  const about = await project(server.url);
  const bring = (one) => push(server.url, [one]);
  const told = (count) => Array.from({ length: count }, () => envelope(about));
  const alone = await all(told(2_000), 1, bring);
  const together = await all(told(8_000), IN_FLIGHT, bring);
  const ratio = together.perSecond / alone.perSecond;
  console.log(`commands  one commit each ${alone.perSecond.toFixed(0)}/s (p95 ${ms(alone.p95)})  ${IN_FLIGHT} in flight ${together.perSecond.toFixed(0)}/s (p95 ${ms(together.p95)})  ${ratio.toFixed(1)} × as many`);
}

/** Brings stories until there are `size`, then reads as those who work with them do. */
async function library(server, cookie, there, size) {
  const about = await project(server.url);
  const batches = Array.from({ length: (size - there) / 50 }, () => 50);
  await all(batches, 8, (count) => push(server.url, Array.from({ length: count }, () => envelope(about))));
  const scope = `members/${about.id}`;
  const page = async (cursor) => JSON.parse((await sync(server.url, [], [{ scope, cursor }], cookie)).text).pages[0];
  const first = await all(Array(ASKED).fill(0), 1, page);
  const began = performance.now();
  let [rows, last] = [0, { cursor: 0, more: true }];
  while (last.more) {
    last = await page(last.cursor);
    rows += last.lines.length;
  }
  const whole = performance.now() - began;
  if (rows < size) throw new Error(`${rows} of ${size} summaries came`);
  const find = (query) => async () => ask(`${server.url}/api/v1/projects/${about.id}/search?q=${encodeURIComponent(query())}`, 'GET', cookie);
  const one = await all(Array(ASKED).fill(0), 1, find(word));
  const two = await all(Array(ASKED).fill(0), 1, find(() => words(2)));
  console.log(
    `library  ${size} stories  a page p95 ${ms(first.p95)}  every summary ${ms(whole)}  one word p95 ${ms(one.p95)}  two words p95 ${ms(two.p95)}  ${server.memory().toFixed(0)} MB`,
  );
}

/** Narrows the list on the page itself, which holds every summary: from the press until the list says how many it shows. */
async function filtered(server, cookie, size) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  const context = await browser.newContext({ locale: 'nl-NL' });
  const [name, value] = cookie.cookie.split('=');
  await context.addCookies([{ name, value, domain: '127.0.0.1', path: '/', secure: true }]);
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(`${server.url}/analyse`);
  await page.getByText(`Verhalen: ${size}`, { exact: true }).waitFor({ timeout: 120_000 });
  const open = performance.now() - began;
  const waits = await page.evaluate(async (times) => {
    const tile = document.querySelector('.vp-tile[aria-pressed]');
    const waits = [];
    for (let time = 0; time < times; time += 1) {
      const from = performance.now();
      tile.click();
      // Behind the frame that shows it.
      await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
      waits.push(performance.now() - from);
    }
    return waits;
  }, NARROWED);
  await browser.close();
  console.log(`library  ${size} stories  on the page in ${ms(open)}  a tag pressed until the list is painted p95 ${ms(at(waits, 0.95))}`);
}

(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vertelpunt-engine-'));
  let server = await start(path.join(folder, 'commands'));
  console.log(`start  no stories: ready in ${ms(server.ready)}, ${server.memory().toFixed(0)} MB`);
  await commands(server);
  await server.end();
  server = await start(path.join(folder, 'library'));
  let there = 0;
  for (const size of SIZES) {
    const cookie = { cookie: await signIn(server) };
    await library(server, cookie, there, size);
    await filtered(server, cookie, size);
    there = size;
    await server.end();
    server = await start(path.join(folder, 'library'));
    console.log(`start  ${size} stories: ready in ${ms(server.ready)}, ${server.memory().toFixed(0)} MB`);
  }
  await server.end();
  rmSync(folder, { recursive: true });
})();
