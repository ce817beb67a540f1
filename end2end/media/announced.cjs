// Stories with sound as a phone announces them: the manifest first, then bytes. Plain fetch, so that scripts and tests
// share it.

const { createHash, randomBytes, randomUUID } = require('node:crypto');

const sha256 = (bytes) => createHash('sha256').update(bytes);

/** The demonstration project of a server. */
async function project(url) {
  return (await fetch(`${url}/api/v1/entry/houten`)).json();
}

/** A story with these clips: its command, and the key that may bring its bytes. */
function story(project, clips) {
  const uploadKey = randomBytes(32);
  const named = clips.map((bytes) => ({
    id: randomUUID(),
    kind: 'sound',
    media_type: 'audio/webm;codecs=opus',
    length: bytes.length,
    millis: 5_000,
    sha256: sha256(bytes).digest('hex'),
  }));
  const finalize = {
    story: randomUUID(),
    origin: { project: project.id, entry: 'houten', prompt: project.prompts[0].id },
    content: { pictures: [5, 44], language: 'nl', perspective: 'resident', tags: [], clips: named },
    parts: named.map(({ sha256, length, kind }) => ({ sha256, length, kind })),
    choices: { analysis: 'yes', meeting: 'yes', report: 'yes', public: 'yes' },
    wording: 'nl/1',
    owner_key_hash: sha256(randomBytes(32)).digest('hex'),
    upload_key_hash: sha256(uploadKey).digest('hex'),
    told_at: Date.now(),
  };
  const envelope = { id: randomUUID(), sequence: 1, command: { finalize_story: finalize } };
  return { envelope, clips: named, parts: finalize.parts, headers: { 'Story-Keys': uploadKey.toString('hex') } };
}

/** Sends the command; the acknowledgement, or nothing while bytes are still to come. */
async function push(url, { envelope }) {
  const body = JSON.stringify({ protocol: 1, nonce: randomBytes(16).toString('hex'), push: [envelope], pull: [] });
  const answer = await fetch(`${url}/api/v1/sync`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { outcomes } = await answer.json();
  const verdict = outcomes[0].verdict.committed;
  if (!verdict) throw new Error(JSON.stringify(outcomes[0]));
  return verdict.acknowledgement;
}

module.exports = { project, push, story };
