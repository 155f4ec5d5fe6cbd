/**
 * Which devices have acknowledged everything that is here of one space: counted for each as heads and acknowledgements
 * move, so that asking costs what has changed since, and not all logs for each member.
 */
import type { Hex } from '../bytes.ts';
import type { LogHead } from '../echo/replica.ts';

/** Up to where a device has acknowledged a log; 0: not at all. */
type Acknowledged = (device: Hex, log: Hex) => number;

export class Coverage {
  readonly #heads: ReadonlyMap<Hex, LogHead>;
  readonly #acknowledged: Acknowledged;
  /** Of each device that was asked about: of how many logs it lacks something. */
  readonly #behind = new Map<Hex, number>();
  /** Logs whose heads have moved since that was counted: the sequence numbers that were counted with. */
  readonly #moved = new Map<Hex, number>();

  constructor(heads: ReadonlyMap<Hex, LogHead>, acknowledged: Acknowledged) {
    this.#heads = heads;
    this.#acknowledged = acknowledged;
  }

  /** Whether the device has acknowledged all heads; nobody has where there are none. */
  complete(device: Hex): boolean {
    this.#settle();
    let behind = this.#behind.get(device);
    if (behind === undefined) this.#behind.set(device, (behind = this.#count(device)));
    return behind === 0 && this.#heads.size > 0;
  }

  /** The head of a log is not at this sequence number any more. */
  moved(log: Hex, from: number): void {
    if (this.#behind.size > 0 && !this.#moved.has(log)) this.#moved.set(log, from);
  }

  /** What a device has acknowledged of a log is more or, where it has put an older copy back, less than before. */
  acknowledged(device: Hex, log: Hex, from: number, to: number): void {
    const behind = this.#behind.get(device);
    if (behind === undefined) return;
    const counted = this.#moved.get(log) ?? this.#head(log);
    this.#behind.set(device, behind + Number(to < counted) - Number(from < counted));
  }

  #count(device: Hex): number {
    let behind = 0;
    for (const [log, [, seq]] of this.#heads) if (this.#acknowledged(device, log) < seq) behind++;
    return behind;
  }

  #settle(): void {
    for (const [log, from] of this.#moved) {
      const to = this.#head(log);
      for (const [device, behind] of this.#behind) {
        const seq = this.#acknowledged(device, log);
        this.#behind.set(device, behind + Number(seq < to) - Number(seq < from));
      }
    }
    this.#moved.clear();
  }

  #head(log: Hex): number {
    return this.#heads.get(log)?.[1] ?? 0;
  }
}
