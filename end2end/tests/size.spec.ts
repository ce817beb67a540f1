// What a teller's first visit downloads, counted between the browser and the server until the page says that it works
// without internet. `make size` prints the table.

import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from './server';
import { joinAndSettle } from './telling';

/** What a first visit may cost: with the first page; with every page but those that record and draw, which is what was
 *  promised; with all. */
const MOST = { 'first page': 194_000, 'all but recorder and drawing': 250_000, all: 294_000 };

/** Bytes of bodies, compressed as they went over the wire, by path; and how often a body came. */
class Counter {
  readonly bytes = new Map<string, number>();
  readonly times = new Map<string, number>();

  static async before(target: string): Promise<{ url: string; counter: Counter; close: () => void }> {
    const counter = new Counter();
    const proxy = http.createServer((request, response) => {
      const onward = http.request(target + request.url, { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
        answer.on('end', () => counter.count(request.url!.split('?')[0]!, bytes));
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, 'localhost', resolve));
    const url = `http://localhost:${(proxy.address() as AddressInfo).port}`;
    return { url, counter, close: () => proxy.closeAllConnections() };
  }

  private count(path: string, bytes: number): void {
    this.bytes.set(path, (this.bytes.get(path) ?? 0) + bytes);
    if (bytes > 0) this.times.set(path, (this.times.get(path) ?? 0) + 1);
  }

  /** Bytes of everything, or of what is chosen. */
  total(chosen: (path: string) => boolean = () => true): number {
    return [...this.bytes].reduce((sum, [path, bytes]) => sum + (chosen(path) ? bytes : 0), 0);
  }

  byKind(): Map<string, number> {
    const kinds = new Map<string, number>();
    for (const [path, bytes] of this.bytes) kinds.set(kind(path), (kinds.get(kind(path)) ?? 0) + bytes);
    return kinds;
  }
}

/** The chunks that each lazy part of the page needs, as the build wrote them down. */
function chunks(): Record<'later' | 'making', string[]> {
  const folder = join(__dirname, '../../target/site/pkg');
  const manifest = readdirSync(folder).find((name) => /^__wasm_split_manifest\..*\.json$/.test(name))!;
  return JSON.parse(readFileSync(join(folder, manifest), 'utf8'));
}

let needed: ReturnType<typeof chunks>;
test.beforeAll(() => {
  needed = chunks();
});

function isOf(part: keyof typeof needed, path: string): boolean {
  return needed[part].some((chunk) => path === `/pkg/${chunk}.wasm`);
}

/** Pages that come behind the first, with what chunks share. */
function isLater(path: string): boolean {
  return isOf('later', path);
}

/** Recording, hearing it back, photos and drawing, and nothing else on a teller's phone: what the worker fetches behind
 *  the page that is there. */
function isMaking(path: string): boolean {
  return isOf('making', path) && !isLater(path);
}

function kind(path: string): string {
  if (isMaking(path)) return 'recorder and drawing, behind the first page';
  if (isLater(path)) return 'later pages, behind the first';
  if (path.endsWith('.wasm')) return 'WASM';
  if (path === '/sw.js' || path === '/shell') return 'offline: worker and shell';
  if (path.endsWith('.js')) return 'JavaScript';
  if (path.endsWith('.css')) return 'styles';
  if (path.startsWith('/fonts/')) return 'fonts';
  if (path.startsWith('/texts/')) return 'texts';
  if (path.startsWith('/api/')) return 'data';
  if (path.endsWith('.svg') || path.startsWith('/icons/')) return 'pictures';
  if (path.endsWith('.webmanifest')) return 'manifest';
  return 'document';
}

function table(rows: Iterable<[string, number]>): string {
  return [...rows]
    .sort((a, b) => b[1] - a[1])
    .map(([name, bytes]) => `  ${(bytes / 1000).toFixed(1).padStart(7)} kB  ${name}`)
    .join('\n');
}

test('a first visit stays small and downloads nothing twice', async ({ server, phone }) => {
  const { url, counter, close } = await Counter.before(server.url);
  const page = await phone.open();
  await joinAndSettle(page, server.links.teller.replace(server.url, url));
  close();
  const costs = {
    'first page': counter.total((path) => !isMaking(path) && !isLater(path)),
    'all but recorder and drawing': counter.total((path) => !isMaking(path)),
    all: counter.total(),
  };
  console.log(
    `A teller's first visit, compressed:\n${table(Object.entries(costs))}\nBy kind:\n${table(counter.byKind())}\n` +
      `The ten largest:\n${table([...counter.bytes].sort((a, b) => b[1] - a[1]).slice(0, 10))}`,
  );
  const twice = [...counter.times].filter(([path, times]) => times > 1 && !path.startsWith('/api/')).map(([path]) => path);
  expect(twice).toEqual([]);
  // Each of the three is there: the page says that it works without internet only once all of it came.
  expect(costs.all).toBeGreaterThan(costs['all but recorder and drawing']);
  expect(costs['all but recorder and drawing']).toBeGreaterThan(costs['first page']);
  for (const [what, most] of Object.entries(MOST)) expect(costs[what as keyof typeof MOST], what).toBeLessThan(most);
});

test('what is no packed module is refused at once, such as the page of a network one must sign in to', () => {
  // The same lines that stand before the app's script.
  const { unpack } = require('../../.ci/wasm/unpack');
  const folder = join(__dirname, '../../target/site/pkg');
  const chunk = readFileSync(join(folder, `${needed.later[0]}.wasm`));
  const bytes = (of: Uint8Array) => of.buffer.slice(of.byteOffset, of.byteOffset + of.byteLength);
  expect(WebAssembly.validate(unpack(bytes(chunk)))).toBe(true);
  const page = new TextEncoder().encode('<!DOCTYPE html>'.repeat(99));
  const others = { empty: new Uint8Array(), page, short: chunk.subarray(0, -1), 'a plain module': unpack(bytes(chunk)) };
  for (const [what, other] of Object.entries(others)) expect(() => unpack(bytes(other)), what).toThrow();
});
