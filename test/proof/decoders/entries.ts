/** Rows of table.ts for what is in the log: entries, control operations, items and text updates. */
import * as Y from 'yjs';
import { fromHex, utf8 } from '../../../main/engine/bytes.ts';
import { decodeControl } from '../../../main/engine/echo/control.ts';
import { readDeps, readHeader } from '../../../main/engine/echo/entry.ts';
import { decodeItems } from '../../../main/engine/echo/items.ts';
import { parsePointer } from '../../../main/engine/echo/json-value.ts';
import { pad, unpad } from '../../../main/engine/echo/padding.ts';
import { Rejected } from '../../../main/engine/echo/replica.ts';
import { checkUpdate } from '../../../main/engine/echo/text-check.ts';
import entries from '../../vectors/entries.json' with { type: 'json' };
import { input } from '../../vectors/input.ts';
import { hexes, refusal, text } from './row.ts';
import type { Decoder } from './trial.ts';

export function ofEntries(): Decoder[] {
  const logs = encodeDeps([input('one', 16), input('two', 16)].sort(Buffer.compare));
  const { updates, doc, client } = texts();
  const base = Y.encodeStateAsUpdate(doc);
  const clocks = (of: number): number => (of === client ? doc.getText('t:body').length : 0);
  return [
    { name: 'entry header', valid: [fromHex(entries.first.header), fromHex(entries.second.header)], read: readHeader },
    { name: 'version vector', valid: [logs], read: readDeps },
    { name: 'control operation', valid: hexes(entries.control), read: decodeControl },
    { name: 'items of a data entry', valid: [fromHex(entries.items)], read: decodeItems },
    { name: 'padded payload', valid: [pad(fromHex(entries.items)) as Uint8Array], read: unpad },
    { name: 'JSON pointer', valid: ['/title', '/a~1b/c~0d/0'].map(utf8), read: (bytes) => parsePointer(text(bytes)) },
    {
      // What passes is applied: Yjs must take it whole, with nothing left waiting for clocks that are not written yet.
      name: 'text update, its delete set included',
      valid: updates,
      refuses: refusal(Rejected),
      read(bytes) {
        checkUpdate(bytes, client, clocks);
        const copy = new Y.Doc({ gc: false });
        Y.applyUpdate(copy, base);
        Y.applyUpdate(copy, bytes);
        const { pendingStructs, pendingDs } = copy.store;
        if (pendingStructs !== null || pendingDs !== null) throw new Error('something waits in the document');
        return true;
      },
    },
  ];
}

/** Updates of one author that go on from `doc`, with insertions and deletions in several places. */
function texts(): { updates: Uint8Array[]; doc: Y.Doc; client: number } {
  const doc = new Y.Doc({ gc: false });
  const client = 7;
  doc.clientID = client;
  doc.getText('t:body').insert(0, 'The quick brown fox jumps over the lazy dog.');
  const updates = [0, 1, 2, 3].map((i) => {
    const copy = new Y.Doc({ gc: false });
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
    copy.clientID = client;
    let made: Uint8Array = new Uint8Array();
    copy.on('update', (update: Uint8Array) => (made = update));
    copy.transact(() => {
      if (i !== 1) copy.getText('t:body').insert(4 + i, `word ${i} `);
      if (i > 0) copy.getText('t:body').delete(2 * i, 3);
    });
    return made;
  });
  return { updates, doc, client };
}

function encodeDeps(logs: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(logs.flatMap((log, i) => [log, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, i + 1)]));
}
