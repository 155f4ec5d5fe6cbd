/** Text that waits for its entry, made again. */
import * as Y from 'yjs';
import { TEXT_ROOT } from './text-check.ts';
import { difference, newDocument, writeText } from './text.ts';
import type { TextStore } from './text.ts';

/** The same text changes under another client id: for edits that an earlier incarnation could not send any more. */
export function remade(texts: TextStore, object: number, updates: readonly Uint8Array[], client: number): Uint8Array[] {
  const { doc: base } = texts.load(object);
  const edited = newDocument();
  Y.applyUpdate(edited, Y.encodeStateAsUpdate(base));
  for (const update of updates) Y.applyUpdate(edited, update);
  const fields = [...edited.share.keys()].map((name) => name.slice(TEXT_ROOT.length));
  const made = fields.flatMap((field) => {
    const [before, after] = [base, edited].map((doc) => doc.getText(TEXT_ROOT + field).toString()) as [string, string];
    return before === after ? [] : writeText(base, field, client, [difference(before, after)]);
  });
  base.destroy();
  edited.destroy();
  return made;
}
