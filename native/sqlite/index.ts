export { markSuspect } from './check.ts';
export { databaseError } from './database-error.ts';
export { nativeBinding } from './native-binding.ts';
export { createSalvage } from './salvage.ts';
export type { OnDisk } from './storage.ts';
export { createVault, isInUse } from './vault.ts';
export type { VaultOptions } from './vault.ts';
