// The real server on an empty data folder, and phones that can lose their network or be killed.

import { chromium, expect, test as base, type BrowserContext, type Page } from '@playwright/test';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeMicrophone } from './spoken_time';
import { consent, safe, startWriting, tell, tellAbout, write } from './telling';

const root = path.join(__dirname, '../..');
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, 'target');
const binary = path.join(target, 'release/vertelpunt');

export const browserFlags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const phoneSize = { width: 390, height: 844 };

export type Role = 'manager' | 'analyst' | 'facilitator';

/** The links the server prints for its demo project. */
export interface Links extends Record<Role, string> {
  teller: string;
}

interface PhoneOptions {
  viewport?: { width: number; height: number };
  offline?: boolean;
  dark?: boolean;
  /** A microphone that speaks the time: its owner said yes to it, or is still to be asked (and then says no). */
  microphone?: 'allowed' | 'refused';
}

/** A running server with its own data folder. */
export class Server {
  readonly url: string;
  links!: Links;
  private process?: ChildProcess;
  private readonly contexts: BrowserContext[] = [];
  private readonly copies: string[] = [];

  private constructor(
    private readonly port: number,
    private readonly data: string,
  ) {
    this.url = `http://localhost:${port}`;
  }

  static async start(): Promise<Server> {
    const server = new Server(await freePort(), mkdtempSync(path.join(tmpdir(), 'vertelpunt-data-')));
    await server.run();
    return server;
  }

  /** Starts the binary and reads its demo links. */
  async run(): Promise<void> {
    const flags = ['--log', 'warn', '--demo', 'true', '--data', this.data, '--address', `127.0.0.1:${this.port}`, '--site', path.join(target, 'site')];
    const child = spawn(binary, flags, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    this.process = child;
    this.links = await new Promise<Links>((resolve, reject) => {
      let printed = '';
      child.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${printed}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const link = (name: string) => printed.match(new RegExp(`^${name}: +(\\S+)\\s`, 'm'))?.[1];
        const [teller, manager, analyst, facilitator] = ['Verteller', 'Manager', 'Analist', 'Facilitator'].map(link);
        if (teller && manager && analyst && facilitator) resolve({ teller, manager, analyst, facilitator });
      });
    });
  }

  /** kill -9, as a power cut would. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** A copy of the data folder as it is, to be put back later. Nobody may be serving it. */
  copy(): string {
    const copy = mkdtempSync(path.join(tmpdir(), 'vertelpunt-copy-'));
    cpSync(this.data, copy, { recursive: true });
    this.copies.push(copy);
    return copy;
  }

  /** Puts a copy back as an administrator does: all but the log of what was taken back, and then says so. */
  putBack(copy: string): void {
    const replaced = (file: string) => path.basename(file) !== 'withdrawn.log';
    for (const file of readdirSync(this.data).filter(replaced)) rmSync(path.join(this.data, file), { recursive: true });
    cpSync(copy, this.data, { recursive: true, filter: replaced });
    execFileSync(binary, ['restored', '--data', this.data]);
  }

  /** Signs a member in with the one-time link, in a browser of their own, and opens the library. */
  async staff(role: Role, options: PhoneOptions = {}): Promise<Page> {
    const browser = await chromium.launch({ executablePath, args: browserFlags });
    const context = await browser.newContext({ viewport: options.viewport ?? { width: 1440, height: 900 }, locale: 'nl-NL' });
    this.contexts.push(context);
    const page = await context.newPage();
    await page.goto(this.links[role]);
    await page.waitForURL((url) => url.pathname === '/analyse');
    return page;
  }

  /** Tells some stories, so that there is something to read. */
  async tellStories(page: Page, count: number): Promise<void> {
    for (let number = 1; number <= count; number += 1) {
      await tell(page, this.links.teller, `Dit is verhaal ${number}. Ik kom graag bij de bakker.`, {
        title: `Verhaal ${number}`,
        tags: ['work'],
      });
      await expect(safe(page)).toBeVisible({ timeout: 50_000 });
    }
  }

  /** Tells one story with both questions about it answered. */
  async tellAnswered(page: Page): Promise<void> {
    await page.goto(this.links.teller);
    await startWriting(page);
    await write(page, 'Zonder baan telde ik niet mee. Nu wel.');
    await tellAbout(page, { title: 'Weer meedoen', tags: ['work'], answers: true });
    await consent(page);
    await expect(safe(page)).toBeVisible({ timeout: 50_000 });
  }

  /** Every byte the server keeps. */
  kept(): Buffer {
    const files = readdirSync(this.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Buffer.concat(files.map((file) => readFileSync(path.join(file.parentPath, file.name))));
  }

  /** The bytes of a clip as they came; nothing while they are not all here. */
  blob(clip: string): Buffer | undefined {
    const media = path.join(this.data, 'media');
    const whole = existsSync(media) ? readdirSync(media).filter((folder) => folder.length === 2) : [];
    const file = whole.map((folder) => path.join(media, folder, clip)).find((name) => existsSync(name));
    return file ? readFileSync(file) : undefined;
  }

  /** Every file of the data folder that is named by a clip. */
  filesOf(clip: string): string[] {
    const files = readdirSync(this.data, { recursive: true, withFileTypes: true });
    return files.map((entry) => entry.name).filter((name) => name.includes(clip));
  }

  async end(): Promise<void> {
    for (const context of this.contexts) {
      const browser = context.browser();
      await context.close();
      await browser?.close();
    }
    await this.kill();
    for (const folder of [this.data, ...this.copies]) rmSync(folder, { recursive: true, force: true });
  }
}

/** A phone with its own storage on disk, that survives the browser. */
export class Phone {
  private readonly profile = mkdtempSync(path.join(tmpdir(), 'vertelpunt-phone-'));
  private readonly microphone = path.join(this.profile, 'microphone.wav');
  private context?: BrowserContext;
  private options: PhoneOptions = {};

  /** Opens the browser, again after [`kill`]. */
  async open(options: PhoneOptions = this.options): Promise<Page> {
    this.options = options;
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath,
      args: [...browserFlags, ...(options.microphone ? this.microphoneFlags() : [])],
      viewport: options.viewport ?? phoneSize,
      offline: options.offline ?? false,
      locale: 'nl-NL',
      colorScheme: options.dark ? 'dark' : 'light',
      hasTouch: true,
    });
    this.context.setDefaultTimeout(30_000);
    if (options.microphone === 'allowed') await this.context.grantPermissions(['microphone']);
    return this.context.pages()[0] ?? (await this.context.newPage());
  }

  async newTab(): Promise<Page> {
    return this.opened().newPage();
  }

  async offline(offline: boolean): Promise<void> {
    await this.opened().setOffline(offline);
  }

  /** kill -9 for every process of the browser: nothing gets a chance to say goodbye. Answers when that was. */
  async kill(): Promise<number> {
    const context = this.opened();
    const gone = new Promise((resolve) => context.on('close', resolve));
    for (const id of processesOf(this.profile)) signal(id, 'SIGKILL');
    const at = Date.now();
    await gone;
    this.context = undefined;
    for (const lock of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
      rmSync(path.join(this.profile, lock), { force: true });
    }
    return at;
  }

  /** Closes the browser as a person does. */
  async close(): Promise<void> {
    await this.opened().close();
    this.context = undefined;
  }

  /** What a phone may do to a page while the browser is closed: it erases the page's storage, and with `everything`
   * the small numbers beside it as well. */
  erase(everything = false): void {
    for (const folder of ['IndexedDB', ...(everything ? ['Local Storage'] : [])]) {
      const there = path.join(this.profile, 'Default', folder);
      if (!existsSync(there)) throw new Error(`nothing to erase: ${there}`);
      rmSync(there, { recursive: true });
    }
  }

  async end(): Promise<void> {
    await this.context?.close();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private microphoneFlags(): string[] {
    if (!existsSync(this.microphone)) writeMicrophone(this.microphone);
    return ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${this.microphone}`];
  }

  private opened(): BrowserContext {
    if (!this.context) throw new Error('the phone is not open');
    return this.context;
  }
}

/** The processes that were started with a profile, and all that they started; the oldest first. */
function processesOf(profile: string): number[] {
  const parents = new Map<number, number>();
  const found = new Set<number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const id = Number(name);
    const parent = read(`/proc/${id}/stat`).match(/\) \S (\d+)/)?.[1];
    parents.set(id, Number(parent));
    if (read(`/proc/${id}/cmdline`).includes(profile)) found.add(id);
  }
  for (const id of found) {
    for (const [child, parent] of parents) if (parent === id) found.add(child);
  }
  return [...found];
}

/** A file of a process; nothing when the process has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal, unless the process has ended. */
function signal(id: number, name: 'SIGKILL'): void {
  try {
    process.kill(id, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

export const test = base.extend<{ server: Server; phone: Phone }>({
  // Playwright reads the first parameter's pattern to find what a fixture needs; these need nothing.
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.end();
  },
  phone: async ({}, use) => {
    const phone = new Phone();
    await use(phone);
    await phone.end();
  },
});

export { expect };
