/**
 * The profile's id: the keychain account under which its one item stands. A random name in a file beside the
 * database, so that several profiles on one machine keep apart and a moved folder keeps its key.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../native/durable-file.ts';
import { CoveError } from '../engine/errors.ts';

/**
 * Reads it, or makes it where there are no notes yet: written anew beside them, it would name a key that does not exist,
 * and nothing would name theirs any more. Throws CoveError: profile-id-lost, and as `replaceFile`.
 */
export function profileId(dataDir: string, hasNotes: () => boolean): string {
  const file = join(dataDir, 'profile-id');
  const text = textOf(file);
  if (text !== undefined && /^[0-9a-f]{32}$/.test(text)) return text;
  if (hasNotes()) throw new CoveError('profile-id-lost');
  const id = randomBytes(16).toString('hex');
  // Durable: without this name nobody finds the key again.
  replaceFile(file, `${id}\n`);
  return id;
}

/** undefined: it is not there. That it cannot be read just now (a lock, a permission) is no first start. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CoveError('profile-id-lost', {}, error);
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
