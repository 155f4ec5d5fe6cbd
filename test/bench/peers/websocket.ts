/**
 * y-websocket: two Yjs documents and its server, on the loopback. Nobody signs, encrypts or stores. 2.1.0 is the last that
 * brings its server with it.
 */
import type { Peer } from './peer.ts';

const VERSION = '2.1.0';
export const WEBSOCKET: Peer = {
  name: 'y-websocket',
  version: VERSION,
  folder: 'bench-y-websocket',
  packages: [`y-websocket@${VERSION}`, 'yjs@13.6.33', 'ws@8.18.0'],
};

/** `<count>`: from the change at the one until the other one has all; tells `{ms}`. */
export const WEBSOCKET_SENDS = `
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import WebSocket, { WebSocketServer } from 'ws';
import * as Y from 'yjs';
import { WebsocketProvider } from 'y-websocket';
const { setupWSConnection } = createRequire(process.cwd() + '/')('y-websocket/bin/utils');
const count = Number(process.argv[1]);
const server = createServer();
new WebSocketServer({ server }).on('connection', setupWSConnection);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = 'ws://127.0.0.1:' + server.address().port;
async function joined() {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(url, 'bench', doc, { WebSocketPolyfill: WebSocket, disableBc: true });
  await new Promise((resolve) => provider.once('sync', resolve));
  return doc.getMap('tasks');
}
const [one, other] = [await joined(), await joined()];
const here = new Promise((resolve) => other.observe(() => { if (other.size === count) resolve(); }));
const start = performance.now();
one.doc.transact(() => {
  for (let i = 0; i < count; i++) {
    one.set(String(i), new Y.Map([['type', 'task'], ['title', 'Task number ' + i], ['done', false]]));
  }
});
await here;
tell({ ms: performance.now() - start });
process.exit(0);`;
