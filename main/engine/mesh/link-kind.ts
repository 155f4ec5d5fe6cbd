/** The ways on which two devices are connected, best first, and what each of them bears. Times in milliseconds. */
import type { Hex } from '../bytes.ts';
import { MESH } from './limits.ts';

/** lan: on the network around · direct: a data channel, over whatever networks · relayed: through a meeting point or a member. */
export type LinkKind = 'lan' | 'direct' | 'relayed';

/** How two devices are connected, for people. turn: direct, but a TURN server carries it · friend: a member's device carries it. */
export type LinkWay = LinkKind | 'turn' | 'friend';

/** The way a session goes at the moment; `through`: that member's device. */
export interface Way {
  readonly link: LinkWay;
  readonly through?: Hex;
}

export function wayOf(
  kind: LinkKind,
  carrier: { readonly viaServer: boolean; readonly viaMember: Hex | undefined },
): Way {
  if (kind === 'direct') return { link: carrier.viaServer ? 'turn' : 'direct' };
  const { viaMember: through } = carrier;
  return kind === 'lan' || through === undefined ? { link: kind } : { link: 'friend', through };
}

export interface LinkLimits {
  /** Silence after which a Ping is sent, and after which the session is dead. */
  readonly ping: number;
  readonly silence: number;
  /** An answer is due within this when a session is doubted. */
  readonly probe: number;
  /** Bytes handed to a channel and not yet on the network, above which we wait. */
  readonly outstanding: number;
  /** Bytes of entries in one message: pings and cursors pass in between. */
  readonly entryBytes: number;
  /** Entries asked for at once. */
  readonly window: number;
  /** A Want without progress is asked again. */
  readonly want: number;
}

const FAST: LinkLimits = {
  ping: MESH.ping,
  silence: MESH.silence,
  probe: MESH.probe,
  outstanding: MESH.outstanding,
  entryBytes: MESH.entryBytesPerMessage,
  window: MESH.window,
  want: MESH.want,
};

export const LINK: Readonly<Record<LinkKind, LinkLimits>> = {
  lan: FAST,
  direct: FAST,
  // Some 64 kB a second at best: what is under way takes a second, and one entry of the largest kind four. Pings cost
  // the meeting point's operator something too.
  relayed: {
    ping: 60_000,
    silence: 150_000,
    probe: 15_000,
    outstanding: 48 * 1024,
    entryBytes: 24 * 1024,
    window: 256,
    want: 60_000,
  },
};

/** Whether a connection of one kind is worth having instead of one of the other. */
export const betterThan = (one: LinkKind, other: LinkKind): boolean => one !== 'relayed' && other === 'relayed';
