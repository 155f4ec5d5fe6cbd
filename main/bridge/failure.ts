/** Turns whatever was thrown into what a window may see: a typed sentence, never a stack or a message of a library. */
import type { Failure } from '../../preload/contract/index.ts';
import { CoveError } from '../client/index.ts';

export function failure(error: unknown): Failure {
  const known = error instanceof CoveError ? error : new CoveError('internal');
  return { type: known.type, message: known.message, detail: known.detail };
}
