/**
 * Keys from passwords that people choose: Argon2id with 64 MiB and 3 passes, RFC 9106's second recommended choice. It
 * takes a good part of a second, and holds everything else up for so long.
 */
import { sodium } from './sodium.ts';

export const SALT_BYTES = 16;
const PASSES = 3;
const MEMORY = 64 * 1024 * 1024;

/** 32 bytes. `salt`: 16 random bytes. */
export const passwordKey = (password: string, salt: Uint8Array): Uint8Array =>
  sodium.crypto_pwhash(32, password, salt, PASSES, MEMORY, sodium.crypto_pwhash_ALG_ARGON2ID13);
