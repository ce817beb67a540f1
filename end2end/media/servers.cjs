// Starting the servers that are compared, each on an empty folder.

const { spawn } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '../..');
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');

/** Runs a command until its output says where it listens. `before` stands in front of it, such as strace. */
async function start(command, says, before = []) {
  const folder = mkdtempSync(path.join(tmpdir(), 'vertelpunt-compare-'));
  const [program, ...rest] = [...before, ...command(folder)];
  const child = spawn(program, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise((resolve, reject) => {
    let printed = '';
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}: ${printed}`)));
    child.stdout.on('data', (bytes) => {
      printed += bytes;
      const found = printed.match(says);
      if (found) resolve(found[1]);
    });
  });
  child.removeAllListeners('exit');
  // What traces a server keeps signals to itself; the server is its only child.
  const own = before.length ? Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')[0]) : child.pid;
  return {
    url: url.replace('localhost', '127.0.0.1'),
    folder,
    end: async () => {
      const ended = new Promise((resolve) => child.on('exit', resolve));
      process.kill(own, 'SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const binary = path.join(target, 'release/vertelpunt');
const ours = (before) =>
  start(
    (folder) => [binary, '--demo', 'true', '--log', 'warn', '--data', path.join(folder, 'data'), '--address', '127.0.0.1:0', '--site', path.join(target, 'site')],
    /Verteller: +(http:\/\/[^/]+)/,
    before,
  );
const tus = (before) =>
  start((folder) => [process.execPath, path.join(__dirname, 'reference_tus.mjs'), path.join(folder, 'files')], /listening on (\S+)/, before);

module.exports = { ours, tus };
