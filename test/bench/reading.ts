/**
 * A program: the reading ends of reopening.ts, each in a process of its own that has read no text before. It tells how
 * many milliseconds the text took, the first time and each time after.
 *
 *   node reading.ts cove <folder> <the keychain's items, as JSON> <object>   of a note, from an open profile
 *   node reading.ts yjs <file>                                               of one update in a file, by bare Yjs
 */
import { readFileSync } from 'node:fs';
import * as Y from 'yjs';
import { Client } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';

export interface Read {
  readonly first: number;
  readonly later: readonly number[];
  readonly text: string;
}
const LATER = 9;

const [kind = '', ...rest] = process.argv.slice(2);
if (kind === 'cove') await cove(...(rest as [string, string, string]));
else tell(yjs(rest[0] as string));
process.disconnect();

async function cove(dataDir: string, items: string, id: string): Promise<void> {
  const keychain = createMemoryKeychain();
  for (const [account, secret] of JSON.parse(items) as [string, string][]) await keychain.set(account, secret);
  const client = new Client({ dataDir, meetingPoints: [], bind: '127.0.0.1', keychain });
  await client.initialize();
  const [space] = client.echo.spaces;
  if (space === undefined) throw new Error('there is no space');
  const read = repeated(() => {
    const document = space.objects.document(id, 'text');
    return { text: document.text(), close: () => document.close() };
  });
  await client.destroy();
  tell(read);
}

function yjs(file: string): Read {
  return repeated(() => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, readFileSync(file));
    return { text: doc.getText('text').toString(), close: () => doc.destroy() };
  });
}

/** Closing is no part of it. */
function repeated(open: () => { text: string; close: () => void }): Read {
  const times: number[] = [];
  let text = '';
  for (let i = 0; i <= LATER; i++) {
    const start = performance.now();
    const opened = open();
    times.push(performance.now() - start);
    text = opened.text;
    opened.close();
  }
  const [first = Number.NaN, ...later] = times;
  return { first, later, text };
}

function tell(read: Read): void {
  process.send?.(read);
}
