/** A grant on its way, put together from its parts: no more of them than a grant may have, and none that is empty. */
import { concat } from '../bytes.ts';
import { wipe } from '../crypto/sodium.ts';
import { LIMITS } from './limits.ts';
import { readGrant } from './messages.ts';
import type { GrantLetter, MessageOf } from './messages.ts';

export class GrantParts {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** The grant with its last part, undefined before; null: it is none. */
  take({ part, last }: Pick<MessageOf<'AdmitGrant'>, 'part' | 'last'>): GrantLetter | null | undefined {
    this.#parts.push(part);
    this.#bytes += part.length;
    // Empty parts carry nothing but could come for ever.
    if (part.length === 0 || this.#bytes > LIMITS.grant) return null;
    if (!last) return undefined;
    const whole = concat(...this.#parts);
    const letter = readGrant(whole);
    wipe(whole); // epoch keys; the letter has its own copy
    this.clear();
    return letter;
  }

  clear(): void {
    this.#parts = [];
  }
}
