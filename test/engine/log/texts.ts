/** Devices whose log feeds real objects, for tests of what many peers make of one note; and updates made by hand. */
import Database from 'better-sqlite3';
import * as Y from 'yjs';
import { fromHex, toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { yjsClientId } from '../../../main/engine/crypto/keys.ts';
import { createObjects } from '../../../main/engine/echo/objects.ts';
import type { Objects, SpaceObjects } from '../../../main/engine/echo/objects.ts';
import type { RawEntry, Replica } from '../../../main/engine/echo/replica.ts';
import { migrate } from '../../../main/engine/echo/schema.ts';
import type { Splice } from '../../../main/engine/echo/text.ts';
import type { Storage } from '../../../main/engine/ports.ts';
import { createStorage } from '../../../native/sqlite/storage.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import type { VirtualClock } from '../../objects/virtual-clock.ts';
import { device, forge, invite, person, seededRandom, sync } from './fixture.ts';
import type { Device, RecordingSink } from './fixture.ts';

export interface Writer {
  readonly device: Device;
  readonly storage: Storage;
  readonly clock: VirtualClock;
  readonly layer: Objects;
  readonly replica: Replica;
  readonly objects: SpaceObjects;
  readonly client: number;
  /** Replaces in the note's body, as a window does. */
  type(id: Hex, ...splices: readonly Splice[]): void;
  body(id: Hex): string | undefined;
}

export interface Group {
  readonly writers: readonly [Writer, Writer, Writer, Writer];
  readonly id: Hex;
  close(): void;
}

/** The fourth may be taken for whoever breaks the rules. Everybody has the note. */
export function group(seed: string, body: string): Group {
  const people = ['alice', 'bob', 'carol', 'mallory'].map((name) => person(`${name} ${seed}`));
  const made = people.map((owner, k) => {
    const storage = createStorage(new Database(':memory:'));
    migrate(storage);
    const clock = createVirtualClock();
    const random = seededRandom(`${seed} objects ${k}`);
    const layer = createObjects({ storage, clock, random, log: () => undefined });
    const one = device(owner, `${seed} ${k}`, storage, { sink: layer as unknown as RecordingSink });
    return { device: one, storage, clock, layer };
  });
  const [first] = made as [(typeof made)[0]];
  const space = first.device.replicas.create();
  const replicas = made.map((one, k) =>
    k === 0 ? space : invite(first.device, space, one.device, people[k] as (typeof people)[0]),
  );
  for (let round = 0; round < 2; round++) for (const replica of replicas.slice(1)) sync(space, replica);
  const writers = made.map((one, k): Writer => {
    const replica = replicas[k] as Replica;
    const objects = one.layer.space(replica);
    return {
      ...one,
      replica,
      objects,
      client: yjsClientId(replica.logId),
      type(id, ...splices) {
        const document = objects.document(id, 'body');
        for (const { at, remove, insert } of splices) {
          const rest = document.text().length - at - remove;
          const parts: unknown[] = [[remove, ...insert.split('\n')]];
          if (at > 0) parts.unshift(at);
          if (rest > 0) parts.push(rest);
          document.push(document.version, [{ changes: parts, clientId: 'window' }]);
        }
        document.save();
        document.close();
      },
      body: (id) => objects.get(id, { texts: true })?.texts?.['body'],
    };
  });
  const id = (writers[0] as Writer).objects.create({ type: 'note' }, { body });
  (writers[0] as Writer).objects.flush();
  for (let round = 0; round < 2; round++) for (const replica of replicas.slice(1)) sync(space, replica);
  return {
    writers: writers as unknown as Group['writers'],
    id,
    close: () => made.forEach((one) => (one.layer.close(), one.storage.close())),
  };
}

/** What two peers with the same entries must agree on: heads, text, and which entries could not be used. */
export function stateOf({ replica, storage, body }: Writer, id: Hex): unknown {
  const heads = replica.have().map(([logId, seq, hash]) => `${toHex(logId)} ${seq} ${toHex(hash)}`);
  const aside = storage.prepare('SELECT hash FROM entry WHERE status = 5').all();
  return { heads: heads.sort(), body: body(id), aside: aside.map(({ hash }) => toHex(hash as Uint8Array)).sort() };
}

/** An entry of a modified program with one text update. It names all that `knows` holds, `except` the last of a log. */
export function forgeText(
  by: Writer,
  id: Hex,
  update: Uint8Array,
  knows: readonly { readonly logId: Uint8Array; readonly seq: number }[],
  after?: RawEntry,
): RawEntry {
  const deps = knows
    .map(({ logId, seq }) => ({ logId, log: toHex(logId), seq }))
    .filter(({ log }) => log !== toHex(by.replica.logId))
    .sort((x, y) => (x.log < y.log ? -1 : 1));
  return forge(by.device, by.replica, { items: [[fromHex(id), null, update]], deps, ...(after && { after }) });
}

export const headsOf = (replica: Replica): { readonly logId: Uint8Array; readonly seq: number }[] =>
  replica.have().map(([logId, seq]) => ({ logId, seq }));

type Place = readonly [client: number, clock: number] | null;
export interface Crafted {
  readonly clock: number;
  readonly origin: Place;
  readonly right: Place;
  readonly text: string;
  readonly field?: string;
}

/** An update of text and deletions that Yjs would not make, byte by byte. */
export function craft(
  client: number,
  items: readonly Crafted[],
  deletions: readonly (readonly [client: number, clock: number, length: number])[] = [],
): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  encoder.writeLen(items.length === 0 ? 0 : 1);
  if (items.length > 0) {
    encoder.writeLen(items.length);
    encoder.writeClient(client);
    encoder.writeLen(items[0]?.clock ?? 0);
    for (const { origin, right, text, field = 'body' } of items) {
      encoder.writeInfo(4 | (origin ? 0x80 : 0) | (right ? 0x40 : 0));
      if (origin) encoder.writeLeftID(Y.createID(...origin));
      if (right) encoder.writeRightID(Y.createID(...right));
      if (!origin && !right) {
        encoder.writeParentInfo(true);
        encoder.writeString(`t:${field}`);
      }
      encoder.writeString(text);
    }
  }
  encoder.writeLen(deletions.length);
  for (const [of, clock, length] of deletions) {
    encoder.writeClient(of);
    encoder.writeLen(1);
    encoder.writeLen(clock);
    encoder.writeLen(length);
  }
  return encoder.toUint8Array();
}
