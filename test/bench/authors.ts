/**
 * (q) A text that two people wrote at the same time, through two engines that give each other their entries whenever the
 * trace says that one had seen the other; against two bare Yjs documents that do the same.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ChangeSet } from '@codemirror/state';
import * as Y from 'yjs';
import { equal } from '../../main/engine/bytes.ts';
import { createSystemClock } from '../../native/clock.ts';
import { createSystemRandom } from '../../native/random.ts';
import { createVault } from '../../native/sqlite/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';
import { exchange, invite } from '../proof/damage/profiles.ts';
import { openDevice, type Device } from '../proof/device.ts';
import { timed, type Missing, type Row } from './measured.ts';
import { inFolder } from './places.ts';

const RECORDED = 'friendsforever.json.gz';

/** In the order of writing: who wrote, how many of the other one's steps he had seen, and what he changed. */
interface Step {
  readonly author: 0 | 1;
  readonly seen: number;
  readonly patches: readonly (readonly [at: number, remove: number, insert: string])[];
}
interface Concurrent {
  readonly steps: readonly Step[];
  readonly end: string;
}

export async function authors(path: string | undefined, runs: number): Promise<(Row | Missing)[]> {
  const name = '(q) two authors’ concurrent trace through two engines, durable';
  const trace = load(path);
  if (trace === undefined) return [{ name, missing: `no ${RECORDED}: run with --traces and its folder` }];
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    floor.push(bareYjs(trace));
    ours.push(await engines(trace));
  }
  const note = `${trace.steps.length} steps, of which ${meetings(trace)} had just seen something of the other author`;
  return [{ name, ours, floor: { name: 'two bare Yjs documents, in memory', runs: floor }, goal: { most: 3 }, note }];
}

/** Of a folder of traces in the format of josephg/editing-traces. */
function load(path: string | undefined): Concurrent | undefined {
  const file = path !== undefined && statSync(path).isDirectory() ? join(path, RECORDED) : undefined;
  if (file === undefined || !existsSync(file)) return undefined;
  const { txns, endContent } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    endContent: string;
    txns: { parents: number[]; agent: 0 | 1; patches: [number, number, string][] }[];
  };
  // What an author has seen he sees from then on; each one's own steps follow one another.
  const written: [number, number] = [0, 0];
  const seen: [number, number] = [0, 0];
  const places: number[] = [];
  const steps = txns.map(({ parents, agent, patches }): Step => {
    for (const parent of parents) {
      if (txns[parent]?.agent !== agent) seen[agent] = Math.max(seen[agent], (places[parent] as number) + 1);
    }
    places.push(written[agent]++);
    return { author: agent, seen: seen[agent], patches };
  });
  return { steps, end: endContent };
}

function meetings({ steps }: Concurrent): number {
  const seen: [number, number] = [0, 0];
  return steps.filter(({ author, seen: now }) => now > seen[author] && ((seen[author] = now), true)).length;
}

function bareYjs({ steps, end }: Concurrent): number {
  const docs = [new Y.Doc(), new Y.Doc()] as const;
  const updates: [Uint8Array[], Uint8Array[]] = [[], []];
  const given: [number, number] = [0, 0];
  let writing = false;
  for (const [author, doc] of docs.entries()) {
    doc.on('update', (update: Uint8Array) => void (writing && updates[author]?.push(update)));
  }
  const give = (author: 0 | 1, upTo: number): void => {
    const other = updates[1 - author] as Uint8Array[];
    for (; given[author] < upTo; given[author]++) Y.applyUpdate(docs[author], other[given[author]] as Uint8Array);
  };
  const start = performance.now();
  for (const { author, seen, patches } of steps) {
    give(author, seen);
    const doc = docs[author];
    const text = doc.getText('text');
    writing = true;
    doc.transact(() => {
      for (const [at, remove, insert] of patches) {
        if (remove > 0) text.delete(at, remove);
        if (insert !== '') text.insert(at, insert);
      }
    });
    writing = false;
  }
  give(0, updates[1].length);
  give(1, updates[0].length);
  const ms = performance.now() - start;
  for (const doc of docs) assert.equal(doc.getText('text').toString().length, end.length);
  return ms;
}

async function engines({ steps, end }: Concurrent): Promise<number> {
  return await inFolder(async (folder) => {
    const devices = [await opened(folder, 'ana'), await opened(folder, 'ben')] as const;
    const space = devices[0].replicas.create();
    const replicas = [space, invite(devices[0], space, devices[1])] as const;
    const spaces = [devices[0].objects.space(replicas[0]), devices[1].objects.space(replicas[1])] as const;
    const id = spaces[0].create({ type: 'note', title: 'Trace' }, { text: '' });
    spaces[0].flush();
    exchange(...replicas);
    const documents = [spaces[0].document(id, 'text'), spaces[1].document(id, 'text')] as const;
    for (const document of documents) document.subscribe(() => undefined);
    /** Steps of each author after which the other one sees them: an entry ends there, and which it is. */
    const ends = [new Map<number, number>(), new Map<number, number>()] as const;
    for (const { author, seen } of steps) ends[author === 0 ? 1 : 0].set(seen, 0);
    const written: [number, number] = [0, 0];
    const taken: [number, number] = [0, 0];
    const lengths: [number, number] = [0, 0];
    const give = (author: 0 | 1, to: number): void => {
      const other = author === 0 ? 1 : 0;
      if (taken[author] >= to) return;
      const entries = replicas[other].read([replicas[other].logId, taken[author] + 1, to], Infinity);
      assert.equal(replicas[author].receive(devices[other].profile.identity.deviceId, entries).violation, undefined);
      taken[author] = to;
      lengths[author] = documents[author].text().length;
    };
    const head = (author: 0 | 1): number => {
      spaces[author].flush();
      return replicas[author].have().find(([logId]) => equal(logId, replicas[author].logId))?.[1] ?? 0;
    };
    taken[0] = head(1);
    taken[1] = head(0);
    const ms = await timed(() => {
      for (const { author, seen, patches } of steps) {
        give(author, ends[author === 0 ? 1 : 0].get(seen) as number);
        const document = documents[author];
        for (const [at, remove, insert] of patches) {
          const changes = ChangeSet.of({ from: at, to: at + remove, insert }, lengths[author]);
          lengths[author] = changes.newLength;
          assert.equal(
            document.push(document.version, [{ changes: changes.toJSON() as unknown, clientId: 'bench' }]).status,
            'accepted',
          );
        }
        if (ends[author].has(++written[author])) ends[author].set(written[author], head(author));
      }
      give(0, head(1));
      give(1, head(0));
    });
    const [one, other] = documents.map((document) => document.text());
    assert.ok(one === other && one?.length === end.length, 'the two ended in other texts');
    for (const document of documents) document.close();
    for (const device of devices) {
      device.stop();
      device.profile.storage.close();
    }
    return ms;
  });
}

async function opened(folder: string, name: string): Promise<Device> {
  const vault = createVault({ path: join(folder, name, 'cove.db') });
  const parts = { vault, keychain: createMemoryKeychain(), clock: createSystemClock(), random: createSystemRandom() };
  return (await openDevice(parts, name)) as Device;
}
