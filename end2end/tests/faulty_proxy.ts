// A proxy that stands between the phone and the real server and does what networks do: it answers for somebody else,
// breaks, keeps people waiting, forgets to pass an answer on. It changes what it passes only where a test says how.

import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does with a request: pass it on, all or the first bytes of it, or something else entirely. */
export type Fault = (request: SeenRequest) => Deed | Promise<Deed>;
type Deed = 'pass' | 'drop answer' | 'cut' | { cutAfter: number } | FakeAnswer;

/** An answer that is not the server's. */
export interface FakeAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A request as the proxy saw it. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** What the server answered, once it did. */
  status?: number;
}

/** A slow line: so many bytes a second, and every request so long on its way. */
export interface Line {
  bytesPerSecond: number;
  milliseconds: number;
}

export class FaultyProxy {
  /** Everything that came by, in order. */
  readonly seen: SeenRequest[] = [];
  /** Set this to misbehave; by default everything passes. */
  fault: Fault = () => 'pass';
  /** Changes an answer's text on its way, for a server of another version. */
  rewrite: (path: string, body: string) => string | undefined = () => undefined;
  /** Changes a request's body on its way, as a broken connection may. It keeps its length. */
  damage: (request: SeenRequest) => Buffer | undefined = () => undefined;
  /** How slow the line is for requests to a path; by default it is as fast as it gets. */
  line: (path: string) => Line | undefined = () => undefined;
  private readonly underWay = new Map<string, number>();
  private readonly most = new Map<string, number>();

  private constructor(
    private readonly server: http.Server,
    private readonly target: URL,
  ) {}

  static async before(target: string): Promise<FaultyProxy> {
    const server = http.createServer();
    const proxy = new FaultyProxy(server, new URL(target));
    server.on('request', (request, response) => proxy.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    return proxy;
  }

  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests to a path, by their order. */
  to(path: string): SeenRequest[] {
    return this.seen.filter((request) => request.path === path);
  }

  /** The most requests to a path that ever were under way at the same time. */
  mostAtOnce(path: string): number {
    return this.most.get(path) ?? 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const chunks: Buffer[] = [];
    const { method = '', url: path = '', headers } = request;
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const seen: SeenRequest = { method, path, headers, body: Buffer.concat(chunks) };
      const line = this.line(path);
      if (line) await takes(line.milliseconds + (1000 * seen.body.length) / line.bytesPerSecond);
      this.seen.push(seen);
      this.count(seen.path, 1);
      response.on('close', () => this.count(seen.path, -1));
      const fault = await this.fault(seen);
      if (fault === 'cut') {
        response.destroy();
      } else if (typeof fault === 'object' && 'cutAfter' in fault) {
        this.passFirst(request, seen, response, fault.cutAfter);
      } else if (typeof fault === 'object') {
        response.writeHead(fault.status, fault.headers ?? { 'content-type': 'text/html' });
        response.end(fault.body ?? '');
      } else {
        this.pass(request, seen, response, fault === 'drop answer');
      }
    });
  }

  private pass(request: http.IncomingMessage, seen: SeenRequest, response: http.ServerResponse, drop: boolean): void {
    const headers = { ...request.headers, 'accept-encoding': 'identity' };
    const options = { host: this.target.hostname, port: this.target.port, path: seen.path, method: seen.method, headers };
    const onward = http.request(options, (answer) => {
      seen.status = answer.statusCode;
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        if (drop) {
          response.destroy();
          return;
        }
        const body = Buffer.concat(chunks);
        const changed = this.rewrite(seen.path, body.toString('utf8'));
        const { 'content-length': _length, 'transfer-encoding': _coding, ...kept } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, kept);
        response.end(changed ?? body);
      });
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(this.damage(seen) ?? seen.body);
  }

  /** Passes so many bytes on, and then the line is cut on both sides. */
  private passFirst(request: http.IncomingMessage, seen: SeenRequest, response: http.ServerResponse, bytes: number): void {
    const { method, path, headers, body } = seen;
    const onward = http.request({ host: this.target.hostname, port: this.target.port, path, method, headers });
    onward.on('error', () => response.destroy());
    onward.write(body.subarray(0, bytes), () => {
      onward.destroy();
      request.destroy();
      response.destroy();
    });
  }

  private count(path: string, step: 1 | -1): void {
    const now = (this.underWay.get(path) ?? 0) + step;
    this.underWay.set(path, now);
    this.most.set(path, Math.max(this.mostAtOnce(path), now));
  }
}

/** How long a line takes is the fault itself, not a wait for something to happen. */
function takes(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
