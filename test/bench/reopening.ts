/** (r) A note of a whole editing trace, opened from the database, against bare Yjs that opens it from a file. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as Y from 'yjs';
import { Client } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';
import { write } from './history.ts';
import { medianOf, type Row } from './measured.ts';
import { inFolder, saidBy } from './places.ts';
import type { Read } from './reading.ts';
import type { Trace } from './trace.ts';

const program = new URL('reading.ts', import.meta.url);

export async function reopening({ name, keystrokes }: Trace, runs: number): Promise<Row[]> {
  return await inFolder(async (folder) => {
    const profile = join(folder, 'profile');
    const [file, whole] = [join(folder, 'text.yjs'), join(folder, 'whole.yjs')];
    const { items, id, text } = await written(profile, keystrokes);
    writeFileSync(file, bareYjs(keystrokes, true));
    writeFileSync(whole, bareYjs(keystrokes, false));
    const [ours, floor, kept]: [Read[], Read[], Read[]] = [[], [], []];
    for (let run = 0; run < runs; run++) {
      ours.push(await read('cove', profile, items, id));
      floor.push(await read('yjs', file));
      kept.push(await read('yjs', whole));
    }
    for (const one of [...ours, ...floor, ...kept])
      assert.ok(one.text === text, 'the text that was read is another one');
    const firsts = (all: readonly Read[]): number[] => all.map(({ first }) => first);
    const laters = (all: readonly Read[]): number[] => all.map(({ later }) => medianOf(later));
    const bare = 'bare Yjs, from a file';
    return [
      {
        name: `(r) open a note of ${keystrokes.length} keystrokes of ${name}, first text of its process`,
        ours: firsts(ours),
        floor: { name: bare, runs: firsts(floor) },
        goal: { most: 1.5 },
      },
      {
        name: '(r) the same, opened again',
        ours: laters(ours),
        floor: { name: bare, runs: laters(floor) },
        goal: { most: 1.5 },
        note: 'each run is the median of nine',
      },
      {
        name: '(r) the same, against Yjs that keeps what was deleted',
        ours: laters(ours),
        floor: { name: `${bare}, gc off`, runs: laters(kept) },
        note: 'no goal: what the row above is made of',
      },
    ];
  });
}

async function written(
  dataDir: string,
  keystrokes: Trace['keystrokes'],
): Promise<{ items: string; id: string; text: string }> {
  const keychain = createMemoryKeychain();
  const client = new Client({ dataDir, meetingPoints: [], bind: '127.0.0.1', keychain });
  await client.initialize();
  await client.halo.createProfile();
  const space = await client.echo.createSpace({ name: 'Bench' });
  const id = space.objects.create({ type: 'note', title: 'Trace' }, { text: '' });
  const { end } = write(space, id, keystrokes);
  await client.destroy();
  return { items: JSON.stringify([...keychain.items]), id, text: end };
}

function bareYjs(keystrokes: Trace['keystrokes'], gc: boolean): Uint8Array {
  const doc = new Y.Doc({ gc });
  const text = doc.getText('text');
  for (const { at, remove, insert } of keystrokes) {
    if (remove > 0) text.delete(at, remove);
    if (insert !== '') text.insert(at, insert);
  }
  return Y.encodeStateAsUpdate(doc);
}

const read = async (...args: readonly string[]): Promise<Read> => (await saidBy(program, args)) as Read;
