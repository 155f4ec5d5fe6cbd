/** Whether the other end of a session still answers: heartbeats while it is silent, and a probe that must be answered soon. */
import type { Cancel, Clock, Random } from '../ports.ts';
import { MESH } from './limits.ts';
import type { LinkLimits } from './link-kind.ts';

interface LivenessOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Pick<LinkLimits, 'ping' | 'silence' | 'probe'>;
  readonly ping: (nonce: number) => void;
  /** It does not answer. */
  readonly lost: () => void;
}

/** The nonce of a heartbeat, whose answer counts like any other message. */
const HEARTBEAT = 0;

export class Liveness {
  readonly #options: LivenessOptions;
  #heardAt: number;
  #probe: { readonly nonce: number; readonly since: number; readonly cancel: Cancel } | undefined;
  #heartbeat: Cancel = () => undefined;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#heardAt = options.clock.monotonic();
  }

  start(): void {
    const { clock, limits, ping, lost } = this.#options;
    const silent = (): number => clock.monotonic() - this.#heardAt;
    // Never later than the silence allows: until then a member who has gone is shown as being here. Nor sooner than a
    // millisecond: what is left of the silence may be too little for a clock to show that it went by.
    const next = Math.min(limits.ping, Math.max(1, limits.silence - silent()));
    this.#heartbeat = clock.after(next, () => {
      if (silent() >= limits.silence) return lost();
      if (silent() >= limits.ping / 2) ping(HEARTBEAT);
      this.start();
    });
  }

  heard(): void {
    this.#heardAt = this.#options.clock.monotonic();
  }

  /** Calls `lost` unless an answer comes soon. */
  probe(): void {
    if (this.#probe) return;
    const { clock, random, limits, ping, lost } = this.#options;
    const nonce = new DataView(random.bytes(4).buffer).getUint32(0);
    this.#probe = { nonce, since: clock.monotonic(), cancel: clock.after(limits.probe, lost) };
    ping(nonce);
  }

  /** It was asked for an answer a while ago, and nothing has come since: not lost yet on a slow link, but no reason to stay. */
  get overdue(): boolean {
    const since = this.#probe?.since;
    if (since === undefined || this.#heardAt > since) return false;
    return this.#options.clock.monotonic() - since >= MESH.probe;
  }

  answered(nonce: number): void {
    if (this.#probe?.nonce !== nonce) return;
    this.#probe.cancel();
    this.#probe = undefined;
  }

  stop(): void {
    this.#heartbeat();
    this.#probe?.cancel();
  }
}
