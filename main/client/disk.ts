/**
 * A disk that is full or fails: it is told, what was due is tried again, and it is told when as much as others send at
 * once could be written again; a little fits now and then on a disk that is too full for it. What a person typed is kept and tried again by its document; this is for everything else. A database
 * that is found damaged is told, too, and nothing is tried on it any more.
 */
import { isDamage, isDiskTrouble, type CoveError } from '../engine/errors.ts';
import { Listeners } from '../engine/listeners.ts';
import type { Cancel, Clock, Log } from '../engine/ports.ts';

const AGAIN_MS = 5_000;

/** Whether what this client writes reaches the disk: `client.disk`. */
export class Disk {
  readonly changed: Listeners;
  /** Timers whose work met such a disk run again until it is done; whatever else they throw stays thrown. */
  readonly clock: Clock;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #write: () => void;
  #trouble: CoveError | undefined;
  #stop: Cancel | undefined;

  /** `write` commits a megabyte to the disk: that shows whether it takes everything again. */
  constructor(clock: Clock, log: Log, write: () => void) {
    this.#clock = clock;
    this.#log = log;
    this.changed = new Listeners(log);
    this.#write = write;
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (ms, fn) => this.#after(ms, fn),
    };
  }

  /** Why nothing can be written at the moment; database-damaged: nor will it, until it was opened anew. */
  get trouble(): CoveError | undefined {
    return this.#trouble;
  }

  /** For the vault. That something could be written says little: see `#look`. */
  readonly heard = (trouble: CoveError | undefined): void => {
    if (trouble === undefined || trouble.type === this.#trouble?.type || isDamage(this.#trouble)) return;
    this.#trouble = trouble;
    this.#stop?.();
    if (isDiskTrouble(trouble)) this.#look();
    this.changed.call();
  };

  /** For the client: it ends. @internal */
  close(): void {
    this.#stop?.();
    this.#trouble = undefined;
  }

  #look(): void {
    this.#stop = this.#clock.after(AGAIN_MS, () => {
      try {
        this.#write();
      } catch {
        if (isDiskTrouble(this.#trouble)) this.#look();
        return;
      }
      if (!isDiskTrouble(this.#trouble)) return;
      this.#trouble = undefined;
      this.changed.call();
    });
  }

  #after(ms: number, fn: () => void): Cancel {
    const attempt = (): void => {
      try {
        fn();
      } catch (error) {
        if (!isDiskTrouble(error) && !isDamage(error)) throw error;
        this.#log('timer-not-written', { type: error.type });
        if (isDamage(error)) return;
        cancel = this.#clock.after(AGAIN_MS, attempt);
      }
    };
    let cancel = this.#clock.after(ms, attempt);
    return () => cancel();
  }
}
