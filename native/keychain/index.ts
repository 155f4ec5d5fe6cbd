export { createKeychain } from './system.ts';
export type { SystemKeychainOptions } from './system.ts';
export { createPassphraseKeychain } from './passphrase.ts';
export type { PassphraseKeychainOptions } from './passphrase.ts';
