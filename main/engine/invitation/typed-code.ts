/** The digits a person typed, from then until they were proven or refused; wiped when that is known. */
import { utf8 } from '../bytes.ts';
import { wipe } from '../crypto/sodium.ts';
import type { Replica } from '../echo/replica.ts';
import type { CoveError } from '../errors.ts';

interface Outcome {
  readonly resolve: (replica: Replica) => void;
  readonly reject: (error: CoveError) => void;
}

export class TypedCode {
  #waiting: (Outcome & { readonly code: Uint8Array }) | undefined;

  /** Their ASCII bytes, for as long as they wait. */
  get code(): Uint8Array | undefined {
    return this.#waiting?.code;
  }

  /** Settled by `settle`; six digits and one at a time, which the caller has seen to. */
  wait(digits: string): Promise<Replica> {
    const promise = new Promise<Replica>((resolve, reject) => {
      this.#waiting = { code: utf8(digits), resolve, reject };
    });
    promise.catch(() => undefined); // whoever only watches the state need not await it
    return promise;
  }

  joined(replica: Replica): void {
    this.#settle(({ resolve }) => resolve(replica));
  }

  refused(error: CoveError): void {
    this.#settle(({ reject }) => reject(error));
  }

  #settle(how: (outcome: Outcome) => void): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    wipe(waiting.code);
    how(waiting);
  }
}
