/** (i) A past version of a long note, against opening it as it is now: both from the database, nothing in memory. */
import assert from 'node:assert/strict';
import { ChangeSet } from '@codemirror/state';
import type { DocumentAuthority, Space } from '../../main/client/index.ts';
import { timed, type Row } from './measured.ts';
import { inFolder, openClient } from './places.ts';
import type { Trace } from './trace.ts';

/** Three seconds of typing, 6 keys a second: one entry, as while nobody watches. */
const KEYSTROKES_PER_ENTRY = 18;

export async function history({ name, keystrokes }: Trace, runs: number): Promise<Row[]> {
  return await inFolder(async (folder) => {
    const client = await openClient(folder);
    const space = await client.echo.createSpace({ name: 'Bench' });
    const id = space.objects.create({ type: 'note', title: 'Trace' }, { text: '' });
    const { moment, text } = write(space, id, keystrokes);
    const [now, past, pages]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run < runs; run++) {
      let document: DocumentAuthority | undefined;
      now.push(
        await timed(() => {
          document = space.objects.document(id, 'text');
          document.text();
        }),
      );
      document?.close(); // which is no part of opening
      let then: string | undefined;
      past.push(await timed(() => void (then = space.history.object({ id }, moment)?.texts['text'])));
      assert.equal(then, text);
      pages.push(await timed(() => space.history.versions({ id })));
    }
    await client.destroy();
    const floor = { name: 'opening it now', runs: now };
    const note = `an entry per ${KEYSTROKES_PER_ENTRY} keystrokes`;
    return [
      {
        name: `(i) a note of ${keystrokes.length} keystrokes of ${name} as it was in the middle`,
        ours: past,
        floor,
        goal: { most: 1 },
        note,
      },
      { name: '(i) its latest 50 versions', ours: pages, floor, note },
    ];
  });
}

export interface Written {
  /** In the middle, and what stood there. */
  readonly moment: string;
  readonly text: string;
  /** What stands there at the end. */
  readonly end: string;
}

/** Types everything, in entries as while nobody watches, and closes the note. */
export function write(space: Space, id: string, keystrokes: Trace['keystrokes']): Written {
  const document = space.objects.document(id, 'text');
  let middle: { moment: string; text: string } | undefined;
  let { length } = document.text();
  for (let i = 0; i < keystrokes.length; i += KEYSTROKES_PER_ENTRY) {
    const updates = keystrokes.slice(i, i + KEYSTROKES_PER_ENTRY).map(({ at, remove, insert }) => {
      const changes = ChangeSet.of({ from: at, to: at + remove, insert }, length);
      length = changes.newLength;
      return { changes: changes.toJSON() as unknown, clientId: 'bench' };
    });
    document.push(document.version, updates);
    space.objects.flush();
    if (middle === undefined && i >= keystrokes.length / 2) {
      middle = { moment: space.history.now() as string, text: document.text() };
    }
  }
  const end = document.text();
  document.close();
  assert(middle !== undefined);
  return { ...middle, end };
}
