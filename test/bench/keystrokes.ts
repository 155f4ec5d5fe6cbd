/**
 * (n) What a keystroke costs on the network: a minute of typing at six keys a second, while somebody else looks at the note
 * and while nobody does. Bytes are counted where they leave a device, over the simulator's network and its clock.
 */
import { ChangeSet } from '@codemirror/state';
import * as Y from 'yjs';
import type { Channel, Transport } from '../../main/engine/ports.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { TestDevice } from '../engine/sync/devices.ts';
import type { Row } from './measured.ts';

const KEYS_PER_SECOND = 6;
const SECONDS = 60;
const LINE = 'the gate and the water barrel of the garden behind the house ';
const LONGEST_MS = 60_000;

export async function keystrokes(runs: number): Promise<Row[]> {
  const [watched, unwatched, shown, bare]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let run = 0; run < runs; run++) {
    watched.push(await sentWhileTyping(run, { watched: true }));
    unwatched.push(await sentWhileTyping(run, { watched: false }));
    shown.push(await sentWhileTyping(run, { watched: true, cursor: true }));
    bare.push(yjsUpdates());
  }
  const note = `the device that types, ${KEYS_PER_SECOND} keys a second for ${SECONDS} s, to one other; signed and sealed`;
  const floor = { name: 'the Yjs updates themselves', runs: bare };
  return [
    { name: '(n) bytes sent per keystroke, watched', ours: watched, floor, goal: { most: 12 }, unit: 'bytes', note },
    { name: '(n) the same, unwatched', ours: unwatched, floor, goal: { most: 2 }, unit: 'bytes', note },
    {
      name: '(n) the same, watched, with the cursor of the one who types',
      ours: shown,
      floor,
      unit: 'bytes',
      note: 'no goal: as the app, which tells the others after each key where the cursor is; neither signed nor stored',
    },
  ];
}

interface Typing {
  readonly watched: boolean;
  /** It is shown to the other one. */
  readonly cursor?: boolean;
}

async function sentWhileTyping(seed: number, { watched, cursor = false }: Typing): Promise<number> {
  const net = new SimNet({ seed: seed + 1 });
  let sent = 0;
  const count = (bytes: number): void => void (sent += bytes);
  const ana = new TestDevice('ana', () => ({ ...net.ports('ana'), transport: counted(net.transport('ana'), count) }));
  const ben = new TestDevice('ben', () => net.ports('ben'));
  for (const device of [ana, ben]) await device.start();
  const { key } = ana.replicas.create();
  ana.invite(ben, key);
  const space = ana.space(key);
  const id = space.create({ type: 'note', title: 'Letter' }, { text: '' });
  space.flush();
  await net.runUntil(() => ben.space(key).get(id) !== undefined, LONGEST_MS);
  space.setWatched(id, watched);
  const document = space.document(id, 'text');
  await net.run(10_000);
  sent = 0;
  const keys = KEYS_PER_SECOND * SECONDS;
  for (let n = 0; n < keys; n++) {
    const changes = ChangeSet.of({ from: n, insert: LINE[n % LINE.length] as string }, n).toJSON() as unknown;
    document.push(document.version, [{ changes, clientId: 'bench' }]);
    if (cursor) {
      const place = Buffer.from(document.anchor(n + 1)).toString('base64');
      ana.mesh.setPresence(key, { objectId: id, cursor: { field: 'text', anchor: place, head: place } });
    }
    await net.run(1_000 / KEYS_PER_SECOND);
  }
  await net.runUntil(() => ana.state(key) === ben.state(key) && space.pendingCount() === 0, LONGEST_MS);
  const bytes = sent / keys;
  document.close();
  for (const device of [ana, ben]) device.remove();
  return bytes;
}

function counted(transport: Transport, count: (bytes: number) => void): Transport {
  return {
    connect(options) {
      const connecting = transport.connect(options);
      return {
        accept: (signal) => connecting.accept(signal),
        channel: connecting.channel.then((channel) => countedChannel(channel, count)),
        cancel: () => connecting.cancel(),
      };
    },
    close: () => transport.close(),
  };
}

function countedChannel(channel: Channel, count: (bytes: number) => void): Channel {
  return {
    localFingerprint: channel.localFingerprint,
    remoteFingerprint: channel.remoteFingerprint,
    send(message) {
      count(message.length);
      channel.send(message);
    },
    buffered: () => channel.buffered(),
    onMessage: (fn) => channel.onMessage(fn),
    onClose: (fn) => channel.onClose(fn),
    close: () => channel.close(),
  };
}

/** Of the same keystrokes, an update each. An id takes as many bytes as nearly all of those that are drawn. */
function yjsUpdates(): number {
  const doc = new Y.Doc();
  doc.clientID = 0xf000_0000;
  const text = doc.getText('text');
  let bytes = 0;
  doc.on('update', (update: Uint8Array) => void (bytes += update.length));
  const keys = KEYS_PER_SECOND * SECONDS;
  for (let n = 0; n < keys; n++) text.insert(n, LINE[n % LINE.length] as string);
  return bytes / keys;
}
