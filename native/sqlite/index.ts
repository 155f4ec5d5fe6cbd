export { createSalvage } from './salvage.ts';
export { createVault } from './vault.ts';
export type { VaultOptions } from './vault.ts';
