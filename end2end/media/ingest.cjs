// `make bench`: how many stories of 300 KB of sound with what is said of them come in, 16 at a time, side by side in one
// run. Ours takes the manifest, verifies the bytes, waits for the disk twice and acknowledges (three requests); the
// references take bytes and metadata in one request and promise nothing about a power cut.

const { randomBytes, randomUUID } = require('node:crypto');
const http = require('node:http');
const { project, story } = require('./announced.cjs');
const { hasPouchdb, ours, pouchdb, tus } = require('./servers.cjs');

const LENGTH = 300_000;
const IN_FLIGHT = 16;
const STORIES = Number(process.env.STORIES ?? 1_000);

const agent = new http.Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

function ask(url, method, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers: { ...headers, 'content-length': body.length } }, (answer) => {
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

const base64 = (text) => Buffer.from(text).toString('base64');
const json = { 'content-type': 'application/json' };

/** Brings one story to ours; answered with an acknowledgement that names its hash. */
async function toOurs(url, { told, bytes }) {
  const push = () => {
    const request = { protocol: 1, nonce: randomBytes(16).toString('hex'), push: [told.envelope], pull: [] };
    return ask(`${url}/api/v1/sync`, 'POST', json, Buffer.from(JSON.stringify(request)));
  };
  await push();
  await ask(
    `${url}/api/v1/media`,
    'POST',
    {
      ...told.headers,
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Length': bytes.length,
      'Upload-Metadata': `clip ${base64(told.clips[0].id)}`,
    },
    bytes,
  );
  const { text } = await push();
  if (!text.includes(told.parts[0].sha256)) throw new Error(`not acknowledged: ${text}`);
}

async function toTus(url, { told, bytes }) {
  await ask(
    `${url}/files`,
    'POST',
    {
      'Tus-Resumable': '1.0.0',
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Length': bytes.length,
      'Upload-Metadata': `story ${base64(JSON.stringify(told.envelope))}`,
    },
    bytes,
  );
}

async function toPouchdb(url, { told, bytes }) {
  const _attachments = { sound: { content_type: 'audio/webm', data: bytes.toString('base64') } };
  await ask(`${url}/stories/${randomUUID()}`, 'PUT', json, Buffer.from(JSON.stringify({ ...told.envelope, _attachments, _id: undefined })));
}

async function measure(name, server, bring, prepared) {
  const waits = [];
  const left = prepared.slice();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (let next = left.pop(); next; next = left.pop()) {
        const from = performance.now();
        await bring(server.url, next);
        waits.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  waits.sort((one, other) => one - other);
  const result = {
    name,
    perSecond: prepared.length / seconds,
    p50: waits[Math.floor(waits.length * 0.5)],
    p95: waits[Math.floor(waits.length * 0.95)],
    memory: server.memory(),
  };
  await server.end();
  return result;
}

(async () => {
  const contestants = [['vertelpunt', ours, toOurs], ['@tus/server', tus, toTus]];
  if (hasPouchdb) contestants.push(['pouchdb-server', pouchdb, toPouchdb]);
  const results = [];
  for (const [name, start, bring] of contestants) {
    const server = await start();
    const about = name === 'vertelpunt' ? await project(server.url) : { id: randomUUID(), prompts: [{ id: randomUUID() }] };
    if (name === 'pouchdb-server') await ask(`${server.url}/stories`, 'PUT', json, Buffer.alloc(0));
    const count = name === 'pouchdb-server' ? Math.min(STORIES, 100) : STORIES;
    const noise = randomBytes(LENGTH);
    const prepared = Array.from({ length: count }, (_, number) => {
      const bytes = Buffer.from(noise);
      bytes.writeUInt32LE(number);
      return { bytes, told: story(about, [bytes]) };
    });
    results.push(await measure(name, server, bring, prepared));
  }
  for (const { name, perSecond, p50, p95, memory } of results) {
    const ratio = results[0].perSecond / perSecond;
    console.log(
      `ingest ${name.padEnd(15)} ${perSecond.toFixed(0).padStart(5)} stories/s  p50 ${p50.toFixed(0)} ms  p95 ${p95.toFixed(0)} ms  RSS ${memory.toFixed(0)} MB  ours is ${ratio.toFixed(1)} × as fast`,
    );
  }
})();
