// Any tus client can bring the bytes of a story, if it sends the key: here npm's, as it is.

import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { Upload, type UploadOptions } from 'tus-js-client';
import { project, push, story } from '../media/announced.cjs';
import { expect, test } from './server';

/** A way to the server that is cut once, behind so many bytes. */
async function cutOnce(port: number, behind: number): Promise<{ url: string; close: () => void }> {
  let left: number | undefined = behind;
  const proxy = net.createServer((phone) => {
    const server = net.connect(port, '127.0.0.1');
    for (const [one, other] of [[phone, server], [server, phone]] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    server.pipe(phone);
    phone.on('data', (bytes: Buffer) => {
      if (left === undefined) return void server.write(bytes);
      if (bytes.length < left) {
        left -= bytes.length;
        return void server.write(bytes);
      }
      const last = bytes.subarray(0, left);
      left = undefined;
      server.write(last, () => {
        phone.destroy();
        server.end();
      });
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`, close: () => void proxy.close() };
}

function upload(bytes: Buffer, options: UploadOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    new Upload(bytes, { ...options, onSuccess: () => resolve(), onError: reject }).start();
  });
}

test('tus-js-client brings a story, goes on after a cut, and hears that it was there already', async ({ server }) => {
  const bytes = randomBytes(700_000);
  const told = story(await project(server.url), [bytes]);
  expect(await push(server.url, told)).toBeFalsy();
  const way = await cutOnce(Number(new URL(server.url).port), 300_000);
  const asked: string[] = [];
  const options: UploadOptions = {
    endpoint: `${way.url}/api/v1/media`,
    headers: told.headers,
    metadata: { clip: told.clips[0].id, filename: 'of no interest' },
    retryDelays: [0, 100, 500],
    onBeforeRequest: (request) => void asked.push(request.getMethod()),
  };
  await upload(bytes, options);
  // It asks once more when it was told where to go on before all it had sent was read: nobody orders two connections.
  expect(asked.join(' ')).toMatch(/^POST PATCH( HEAD PATCH)+$/);
  const begun = asked.length;
  const acknowledgement = await push(server.url, told);
  expect(acknowledgement.parts).toEqual(told.parts.map((part: { sha256: string }) => part.sha256));
  await upload(bytes, options);
  // This client takes what it created to be empty whatever the answer says, is told better, and asks.
  expect(asked.slice(begun)).toEqual(['POST', 'PATCH', 'HEAD']);
  way.close();
});

test('tus-js-client brings a story in pieces, the first with its creation', async ({ server }) => {
  const bytes = randomBytes(250_000);
  const told = story(await project(server.url), [bytes]);
  await push(server.url, told);
  const offsets: number[] = [];
  await upload(bytes, {
    endpoint: `${server.url}/api/v1/media`,
    headers: told.headers,
    metadata: { clip: told.clips[0].id },
    chunkSize: 100_000,
    uploadDataDuringCreation: true,
    onChunkComplete: (_, accepted) => void offsets.push(accepted),
  });
  expect(offsets).toEqual([100_000, 200_000, 250_000]);
  expect(await push(server.url, told)).toBeTruthy();
});

test('a client without the key brings nothing', async ({ server }) => {
  const bytes = randomBytes(1_000);
  const told = story(await project(server.url), [bytes]);
  await push(server.url, told);
  const options = { endpoint: `${server.url}/api/v1/media`, metadata: { clip: told.clips[0].id }, retryDelays: [] };
  await expect(upload(bytes, options)).rejects.toThrow(/404/);
});
