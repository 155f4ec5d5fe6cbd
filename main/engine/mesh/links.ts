/** Who is connected, on which way, and which of two connections with one device stays. */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Proven } from './handshake.ts';
import { MESH } from './limits.ts';
import { betterThan } from './link-kind.ts';
import type { LinkKind } from './link-kind.ts';
import type { Session } from './session.ts';

export class Links {
  readonly #self: Hex;
  readonly #sessions = new Map<Hex, Session>();
  /** Devices whose last session went through a meeting point. */
  readonly #relayed = new Set<Hex>();

  constructor(self: Hex) {
    this.#self = self;
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  get full(): boolean {
    return this.#sessions.size >= MESH.sessions;
  }

  of(device: Hex): Session | undefined {
    return this.#sessions.get(device);
  }

  /** As well as can be: of one who is connected through a meeting point only, a better connection is still looked for. */
  well(device: Hex): boolean {
    const session = this.#sessions.get(device);
    return session !== undefined && session.kind !== 'relayed';
  }

  relayedBefore(device: Hex): boolean {
    return this.#relayed.has(device);
  }

  add(session: Session): void {
    this.#sessions.set(session.device, session);
    if (session.kind === 'relayed') this.#relayed.add(session.device);
    else this.#relayed.delete(session.device);
  }

  /** False when another one has taken its place. */
  remove(session: Session): boolean {
    return this.#sessions.get(session.device) === session && this.#sessions.delete(session.device);
  }

  /** The replication of a space with a device that is accepted as a member there. */
  link(space: Hex, device: Hex) {
    const replication = this.#sessions.get(device)?.replication(space);
    return replication && !replication.proving ? replication : undefined;
  }

  /** How it stands with a device that is connected in this space. */
  status(space: Hex, device: Hex) {
    const [link, session] = [this.link(space, device), this.#sessions.get(device)];
    return link && session && { upToDate: link.upToDate, stalled: link.stalled, ...session.way };
  }

  inSpace(space: Hex): Session[] {
    return this.sessions.filter((session) => this.link(space, session.device));
  }

  /**
   * Whether a new connection takes the place of a session: of a silent one always. One that goes through a meeting point yields to every other;
   * of two with one running device both sides keep the one dialled by the lower device id.
   */
  replaces(existing: Session, peer: Proven, side: 'dialer' | 'listener', kind: LinkKind): boolean {
    if (toHex(existing.peer.instance) !== toHex(peer.instance)) return true;
    // Its other end has most likely lost it, or it would not connect again.
    if (existing.overdue) return true;
    if (betterThan(kind, existing.kind)) return true;
    if (betterThan(existing.kind, kind)) return false;
    if (existing.side === side) return true; // its dialer dials again only after losing the first
    return (side === 'dialer') === this.#self < existing.device;
  }
}
