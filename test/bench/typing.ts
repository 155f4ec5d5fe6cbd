/** (b) An editing trace through a document of the engine, durable, against bare Yjs in memory. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ChangeSet } from '@codemirror/state';
import * as Y from 'yjs';
import type { DocumentUpdate } from '../../main/client/index.ts';
import { timed, type Row } from './measured.ts';
import { inFolder, openClient, rawDatabase } from './places.ts';
import type { Keystroke, Trace } from './trace.ts';

/** What a window sends at once when keys repeat or come faster than they are stored. */
const AT_ONCE = 16;

export async function typing({ name, keystrokes, end }: Trace, runs: number): Promise<Row[]> {
  const made: { one: number[]; many: number[]; bare: number[]; durable: number[] } = {
    one: [],
    many: [],
    bare: [],
    durable: [],
  };
  const changes = changeSets(keystrokes);
  for (let run = 0; run < runs; run++) {
    made.bare.push(await bareYjs(keystrokes, end));
    made.durable.push(await bareYjs(keystrokes, end, true));
    made.many.push(await engine(changes, AT_ONCE, end));
    made.one.push(await engine(changes, 1, end));
  }
  const what = `${keystrokes.length} keystrokes of ${name}`;
  return [
    {
      name: `(b) ${what}, each durable before the next`,
      ours: made.one,
      floor: { name: 'bare Yjs, in memory', runs: made.bare },
      goal: { most: 2 },
    },
    {
      name: `(b) the same, ${AT_ONCE} at a time`,
      ours: made.many,
      floor: { name: 'bare Yjs, in memory', runs: made.bare },
      goal: { most: 2 },
    },
    {
      name: '(b) the same, each durable, against Yjs that is as durable',
      ours: made.one,
      floor: { name: 'Yjs and one FULL commit per keystroke', runs: made.durable },
      note: 'no goal: what the first row is made of',
    },
  ];
}

function changeSets(keystrokes: readonly Keystroke[]): DocumentUpdate[] {
  let length = 0;
  return keystrokes.map(({ at, remove, insert }) => {
    const changes = ChangeSet.of({ from: at, to: at + remove, insert }, length);
    length = changes.newLength;
    return { changes: changes.toJSON() as unknown, clientId: 'bench' };
  });
}

async function engine(updates: readonly DocumentUpdate[], atOnce: number, end: string | undefined): Promise<number> {
  return await inFolder(async (folder) => {
    const client = await openClient(folder);
    const { objects } = await client.echo.createSpace({ name: 'Bench' });
    const document = objects.document(objects.create({ type: 'note', title: 'Trace' }, { text: '' }), 'text');
    const ms = await timed(async () => {
      for (let i = 0; i < updates.length; i += atOnce) {
        const { status } = document.push(document.version, updates.slice(i, i + atOnce));
        assert.equal(status, 'accepted');
        // The engine's timers run as in the app: pending keystrokes become signed entries meanwhile.
        if (i % 512 < atOnce) await new Promise((resolve) => setImmediate(resolve));
      }
      objects.flush();
    });
    if (end !== undefined) assert.ok(document.text() === end, 'the trace ended in another text');
    document.close();
    await client.destroy();
    return ms;
  });
}

async function bareYjs(keystrokes: readonly Keystroke[], end: string | undefined, durable = false): Promise<number> {
  return await inFolder(async (folder) => {
    const database = durable ? rawDatabase(join(folder, 'raw.db')) : undefined;
    const insert = database?.prepare('INSERT INTO written (bytes) VALUES (?)');
    const doc = new Y.Doc();
    const text = doc.getText('text');
    if (insert !== undefined) doc.on('update', (update) => void insert.run(update));
    const ms = await timed(() => {
      for (const keystroke of keystrokes) {
        if (keystroke.remove > 0) text.delete(keystroke.at, keystroke.remove);
        if (keystroke.insert !== '') text.insert(keystroke.at, keystroke.insert);
      }
    });
    if (end !== undefined) assert.ok(text.toString() === end, 'Yjs ended in another text');
    database?.close();
    return ms;
  });
}
