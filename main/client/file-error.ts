/** What the system says of a file that a person chose, as failures in words; anything else is a fault of Cove and stays one. */
import { CoveError } from '../engine/errors.ts';

/**
 * Whether the system said it of a file: a name that the disk does not take, something else in its place, a disk that was
 * pulled out.
 */
export const isOfTheFile = (error: unknown): boolean =>
  /^E[A-Z]+$/.test(String((error as { code?: unknown } | null)?.code));

/** Throws CoveError('file-not-read'), or what it is given. */
export function unread(error: unknown): never {
  throw isOfTheFile(error) ? new CoveError('file-not-read', {}, error) : error;
}

/** Throws CoveError('file-no-room' | 'file-not-written'), or what it is given. */
export function unwritten(error: unknown): never {
  if (!isOfTheFile(error)) throw error;
  throw new CoveError((error as { code?: unknown }).code === 'ENOSPC' ? 'file-no-room' : 'file-not-written', {}, error);
}
