/**
 * A program: opens the profile that sizes.ts has made, and tells how many milliseconds it took from the database's opening
 * to the first page of notes, and what the process takes of memory once it is idle.
 *
 *   node --expose-gc opening.ts <folder> <the keychain's items, as JSON>
 */
import { setTimeout } from 'node:timers/promises';
import { Client } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';

export interface Opened {
  readonly ms: number;
  readonly kB: number;
  /** The keychain's, as this start has left them: with the ones before it the profile would be a copy put back. */
  readonly items: readonly (readonly [account: string, secret: string])[];
}
const PAGE = 100;
/** The index of texts and the clean-up after a start are done by then. */
const IDLE_MS = 3_000;

const [dataDir = '', items = ''] = process.argv.slice(2);
const keychain = createMemoryKeychain();
for (const [account, secret] of JSON.parse(items) as [string, string][]) await keychain.set(account, secret);
const start = performance.now();
const client = new Client({ dataDir, meetingPoints: [], bind: '127.0.0.1', keychain });
await client.initialize();
const [space] = client.echo.spaces;
// As the list of notes asks.
const page = space?.objects.query({ type: 'note', order: 'updated', limit: PAGE, excerpt: 280 });
if (page?.length !== PAGE || (space?.objects.count({ type: 'note' }) ?? 0) < PAGE)
  throw new Error('there are no notes');
const ms = performance.now() - start;
await setTimeout(IDLE_MS);
globalThis.gc?.();
const kB = process.memoryUsage().rss / 1024;
await client.destroy();
process.send?.({ ms, kB, items: [...keychain.items] } satisfies Opened);
process.disconnect();
