// The reference that ours is compared with: npm's tus server over its own file store, as its documentation shows it.

import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import http from 'node:http';

const directory = process.argv[2];
const server = new Server({ path: '/files', datastore: new FileStore({ directory }) });
const listening = http.createServer(server.handle.bind(server)).listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${listening.address().port}`);
});
