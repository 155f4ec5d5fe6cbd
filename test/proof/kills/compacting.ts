/**
 * A program: one device on a folder of its own, without a network, that keeps old payloads in packs until it is killed.
 * It says on its standard output, line by line, how far it is.
 *
 *   node compacting.ts <folder>
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Replica } from '../../../main/engine/echo/replica.ts';
import { createSystemClock } from '../../../native/clock.ts';
import { createVault } from '../../../native/sqlite/index.ts';
import { Prng } from '../../engine/net/prng.ts';
import { openDevice } from '../device.ts';
import { fileKeychain } from './file-keychain.ts';

const [folder = ''] = process.argv.slice(2);
const tell = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const device = await openDevice({
  vault: createVault({ path: join(folder, 'cove.db') }),
  keychain: fileKeychain(join(folder, 'keychain.jsonl')),
  clock: createSystemClock(),
  random: new Prng(`compacting ${process.pid}`),
});
const [space] = device?.replicas.all() ?? [];
const done = await device?.replicas.compact(space as Replica, {
  before: Number.MAX_SAFE_INTEGER,
  progress: (at) => tell({ at }),
  cancelled: () => false,
});
tell({ done: done?.payloads });
