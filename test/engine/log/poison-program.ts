/**
 * A device in a process of its own, which takes in the entries it is given and ends without ceremony while applying
 * one whose text says so. Run by poison.test.ts with real SQLite: `node poison-program.ts <database> <entries> <text>`.
 */
import { decode } from 'cborg';
import { readFileSync } from 'node:fs';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import type { AppliedEntry, DataItem, RawEntry } from '../../../main/engine/echo/replica.ts';
import { createVault } from '../../../native/sqlite/vault.ts';
import { device, person, RecordingSink } from './fixture.ts';

const [path, entries, poison] = process.argv.slice(2) as [string, string, string];

class DeadlySink extends RecordingSink {
  override apply(entry: AppliedEntry, items: readonly DataItem[]): void {
    super.apply(entry, items);
    if (items[0]?.[1]?.['/text']?.[1] === poison) process.kill(process.pid, 'SIGKILL');
  }
}

await ready();
const storage = createVault({ path }).open(new Uint8Array(32).fill(7));
const bea = device(person('bea'), 'bea', storage, { sink: new DeadlySink() });
const [space] = bea.replicas.all();
if (!space) throw new Error('bea is in no space');
space.receive(new Uint8Array(32), decode(readFileSync(entries)) as RawEntry[]);
process.stdout.write(
  JSON.stringify({
    texts: bea.sink.texts(space),
    quarantined: storage.prepare('SELECT reason FROM quarantine').all(),
    journal: storage.prepare('SELECT tries FROM apply_journal').all(),
  }),
);
storage.close();
