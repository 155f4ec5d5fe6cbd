/** A profile's database in memory, that can be copied as bytes and opened from them: for peers that nothing happens to. */
import Database from 'better-sqlite3';
import type { StorageVault } from '../../main/engine/ports.ts';
import { createStorage } from '../../native/sqlite/storage.ts';

export interface MemoryVault extends StorageVault {
  bytes(): Buffer;
}

export function memoryVault(from?: Buffer): MemoryVault {
  let database: Database.Database | undefined = from && new Database(from);
  return {
    exists: () => database !== undefined,
    open: () => createStorage((database ??= new Database(':memory:'))),
    discard: () => (database = undefined),
    bytes: () => (database as Database.Database).serialize(),
  };
}
