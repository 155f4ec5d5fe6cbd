/** (b) An editing trace through a document of the engine, durable, against bare Yjs in memory. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ChangeSet } from '@codemirror/state';
import * as Y from 'yjs';
import type { DocumentUpdate } from '../../main/client/index.ts';
import { timed, type Row } from './measured.ts';
import { inFolder, openClient, rawDatabase } from './places.ts';
import type { Keystroke, Trace } from './trace.ts';

/** What the contract lets a window send in one push: a trace replayed at full speed fills it in every frame. */
const FULL_PUSH = 500;
const SOME = 16;
/** A commit per keystroke takes minutes for a whole trace, and each costs the same. */
const DURABLE_KEYSTROKES = 10_000;

export async function typing({ name, keystrokes, end }: Trace, runs: number): Promise<Row[]> {
  const [one, some, full]: [number[], number[], number[]] = [[], [], []];
  const bare = { one: [] as number[], some: [] as number[], full: [] as number[] };
  const [each, durable, little]: [number[], number[], number[]] = [[], [], []];
  const changes = changeSets(keystrokes);
  const first = keystrokes.slice(0, DURABLE_KEYSTROKES);
  const firstChanges = changes.slice(0, DURABLE_KEYSTROKES);
  for (let run = 0; run < runs; run++) {
    bare.one.push(await bareYjs(keystrokes, 1, end));
    one.push(await engine(changes, 1, end));
    bare.some.push(await bareYjs(keystrokes, SOME, end));
    some.push(await engine(changes, SOME, end));
    bare.full.push(await bareYjs(keystrokes, FULL_PUSH, end));
    full.push(await engine(changes, FULL_PUSH, end));
    little.push(await bareYjs(first, 1, undefined));
    durable.push(await bareYjs(first, 1, undefined, true));
    each.push(await engine(firstChanges, 1, undefined, true));
  }
  const what = `${keystrokes.length} keystrokes of ${name}`;
  const inMemory = (runs: number[], transaction = '') => ({ name: `bare Yjs, in memory${transaction}`, runs });
  const goal = { most: 2 };
  const note = 'all signed entries at the end; pushes are committed once per frame (16 ms), as in the app';
  return [
    { name: `(b) ${what}, a push each`, ours: one, floor: inMemory(bare.one), goal, note },
    {
      name: `(b) the same, ${SOME} a push`,
      ours: some,
      floor: inMemory(bare.some, `, ${SOME} a transaction`),
      goal,
      note,
    },
    {
      name: `(b) the same, ${FULL_PUSH} a push, as a window replays it`,
      ours: full,
      floor: inMemory(bare.full, `, ${FULL_PUSH} a transaction`),
      goal,
      note: `${note}; the engine's work alone: a window sends one push per frame and would wait for frames`,
    },
    {
      name: `(b) its first ${first.length}, each durable before the next`,
      ours: each,
      floor: inMemory(little),
      goal,
      note: 'a commit per keystroke, which a window never asks for',
      swings: true, // the disk by what memory takes
    },
    {
      name: '(b) the same, against Yjs that is as durable',
      ours: each,
      floor: { name: 'Yjs and one FULL commit per keystroke', runs: durable },
      note: 'no goal: what the row above is made of',
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

async function engine(
  updates: readonly DocumentUpdate[],
  atOnce: number,
  end: string | undefined,
  each = false,
): Promise<number> {
  return await inFolder(async (folder) => {
    const client = await openClient(folder);
    const { objects } = await client.echo.createSpace({ name: 'Bench' });
    const document = objects.document(objects.create({ type: 'note', title: 'Trace' }, { text: '' }), 'text');
    let saved = 0;
    document.subscribe((change) => {
      if (change.type === 'saved') saved = change.version;
    });
    const ms = await timed(async () => {
      for (let i = 0; i < updates.length; i += atOnce) {
        const { status } = document.push(document.version, updates.slice(i, i + atOnce));
        assert.equal(status, 'accepted');
        if (each) document.save();
        // The engine's timers run as in the app: pending keystrokes become signed entries meanwhile.
        if (i % 512 < atOnce) await new Promise((resolve) => setImmediate(resolve));
      }
      objects.flush();
    });
    assert.equal(saved, updates.length);
    if (end !== undefined) assert.ok(document.text() === end, 'the trace ended in another text');
    document.close();
    await client.destroy();
    return ms;
  });
}

async function bareYjs(
  keystrokes: readonly Keystroke[],
  atOnce: number,
  end: string | undefined,
  durable = false,
): Promise<number> {
  return await inFolder(async (folder) => {
    const database = durable ? rawDatabase(join(folder, 'raw.db')) : undefined;
    const insert = database?.prepare('INSERT INTO written (bytes) VALUES (?)');
    const doc = new Y.Doc();
    const text = doc.getText('text');
    const type = (keystroke: Keystroke): void => {
      if (keystroke.remove > 0) text.delete(keystroke.at, keystroke.remove);
      if (keystroke.insert !== '') text.insert(keystroke.at, keystroke.insert);
    };
    if (insert !== undefined) doc.on('update', (update) => void insert.run(update));
    const ms = await timed(() => {
      for (let i = 0; i < keystrokes.length; i += atOnce) {
        doc.transact(() => keystrokes.slice(i, i + atOnce).forEach(type));
      }
    });
    if (end !== undefined) assert.ok(text.toString() === end, 'Yjs ended in another text');
    database?.close();
    return ms;
  });
}
