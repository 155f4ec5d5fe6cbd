/** Tells when this computer comes into a network: it was plugged in, has other Wi-Fi or slept, or a VPN has opened. */
import { networkInterfaces } from 'node:os';
import type { Cancel, Clock } from '../main/engine/ports.ts';

/** How often the interfaces are looked at: there is no portable way to be told. */
const LOOK_MS = 2_000;
/** A look that is so much later than it was to be: meanwhile the computer has slept, or its clock was set. */
const SLEPT_MS = 10_000;

export interface NetworksOptions {
  readonly clock: Clock;
  /** An address is there that was not there before; or the computer has slept, and others may have given it up. */
  readonly onCome: () => void;
  /** Default: from the system, which lists those only whose interface is connected. */
  readonly interfaces?: typeof networkInterfaces;
}

/** Whether this computer has that address (still); `address` as a socket gives its own. */
export function hasAddress(address: string, interfaces: typeof networkInterfaces = networkInterfaces): boolean {
  const bare = address.split('%')[0];
  return Object.values(interfaces()).some((all = []) => all.some((one) => one.address === bare));
}

export function watchNetworks({ clock, onCome, interfaces = networkInterfaces }: NetworksOptions): Cancel {
  const addresses = (): string[] =>
    Object.entries(interfaces()).flatMap(([name, all = []]) =>
      all.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
    );
  let known = new Set(addresses());
  let looked = clock.now();
  let cancel: Cancel = () => undefined;
  const look = (): void => {
    cancel = clock.after(LOOK_MS, look);
    const present = addresses();
    const come = present.some((address) => !known.has(address));
    known = new Set(present);
    // By the time of day: what timers go by stands still in a sleep on some systems.
    const slept = clock.now() - looked > LOOK_MS + SLEPT_MS;
    looked = clock.now();
    if (come || slept) onCome();
  };
  cancel = clock.after(LOOK_MS, look);
  return () => cancel();
}
