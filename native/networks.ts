/** Tells when this computer is on other networks: it was plugged in or out, has other Wi-Fi or slept, or a VPN has opened or ended. */
import { networkInterfaces } from 'node:os';
import type { Cancel, Clock } from '../main/engine/ports.ts';
import { TokenBucket } from './mqtt/token-bucket.ts';

/** How often the interfaces are looked at: there is no portable way to be told. */
const LOOK_MS = 2_000;
/** A look that is so much later than it was to be: meanwhile the computer has slept, or its clock was set. */
const SLEPT_MS = 10_000;
/** What it sets off costs everybody something, and the interfaces of containers come and go all day. */
const TOLD = { perSecond: 1 / 30, burst: 6 };

export interface NetworksOptions {
  readonly clock: Clock;
  /**
   * An address is there that was not there before; one has gone and others are left, and what went by it has to go by
   * those; or the computer has slept, and others may have given it up. Later, once for all, where that is too often.
   */
  readonly onChange: () => void;
  /** Default: from the system, which lists those only whose interface is connected. */
  readonly interfaces?: typeof networkInterfaces;
}

/** Whether this computer has that address (still); `address` as a socket gives its own. */
export function hasAddress(address: string, interfaces: typeof networkInterfaces = networkInterfaces): boolean {
  const bare = address.split('%')[0];
  return Object.values(interfaces()).some((all = []) => all.some((one) => one.address === bare));
}

export function watchNetworks({ clock, onChange, interfaces = networkInterfaces }: NetworksOptions): Cancel {
  const addresses = (): string[] =>
    Object.entries(interfaces()).flatMap(([name, all = []]) =>
      all.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
    );
  const told = new TokenBucket(clock, TOLD);
  let known = new Set(addresses());
  let looked = clock.now();
  let changed = false;
  let cancel: Cancel = () => undefined;
  const look = (): void => {
    cancel = clock.after(LOOK_MS, look);
    const present = new Set(addresses());
    const come = [...present].some((address) => !known.has(address));
    const gone = [...known].some((address) => !present.has(address)) && present.size > 0;
    known = present;
    // By the time of day: what timers go by stands still in a sleep on some systems.
    const slept = clock.now() - looked > LOOK_MS + SLEPT_MS;
    looked = clock.now();
    changed ||= come || gone || slept;
    if (!changed || !told.take()) return;
    changed = false;
    onChange();
  };
  cancel = clock.after(LOOK_MS, look);
  return () => cancel();
}
