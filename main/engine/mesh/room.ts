/**
 * How many links a space has on this device. In a small space everybody is linked with everybody. In a large one each
 * looks for a few and has room for some more, so that whoever comes finds somebody; who is full all the same takes him in
 * and lets another one go. Entries reach the rest by way of others.
 */
import { fraction } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import type { Cancel, Clock, Random } from '../ports.ts';
import type { Acks } from './acks.ts';
import { MESH } from './limits.ts';
import type { Links } from './links.ts';
import type { Session } from './session.ts';
import type { Caller } from './signalling.ts';
import { mayHaveForgotten, otherDevices } from './status.ts';

interface RoomOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly self: Hex;
  readonly links: Links;
  readonly acks: Acks;
  /** Connections for this space that are being made. */
  readonly begun: (space: Hex) => number;
}

interface Asking {
  /** Others who have made it an offer. */
  readonly offered: Set<Hex>;
  readonly cancel: Cancel;
}

export class Room {
  readonly #options: RoomOptions;
  /** Who asks in a large space, until this device has made up its mind. */
  readonly #asking = new Map<string, Asking>();

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  stop(): void {
    for (const { cancel } of this.#asking.values()) cancel();
    this.#asking.clear();
  }

  /** Whether this device looks for somebody. */
  looks(replica: Replica): boolean {
    const { self, acks } = this.#options;
    if (this.#linksIn(replica.key) >= this.#wanted(replica)) return false;
    return this.missing(replica).length > 0 || mayHaveForgotten(replica, self, acks);
  }

  /** Who is not connected, though others may be enough. */
  missing(replica: Replica): readonly Hex[] {
    const { links, self } = this.#options;
    return otherDevices(replica, self)
      .map(({ device }) => device.deviceId)
      .filter((device) => !links.well(device) || !links.link(replica.key, device));
  }

  /** Whether there is room for somebody who was found in this space. `answers`: he has made an offer to an announce of ours. */
  hasFor(replica: Replica, answers: boolean): boolean {
    const now = this.#linksIn(replica.key);
    if (!this.#large(replica)) return now < MESH.linksPerSpace;
    if (!answers) return true;
    const begun = this.#options.begun(replica.key);
    // One at least: who asks though he has enough wants to know whether there are others whom he does not hear of.
    return begun === 0 || now + begun < this.#wanted(replica);
  }

  /** The same for who was heard on the network around: there nobody sees what the others do, so it is left to chance. */
  hasNearby(replica: Replica): boolean {
    return this.#linksIn(replica.key) < MESH.linksPerSpace || (this.#large(replica) && this.#lends(replica));
  }

  /**
   * Somebody announced himself. In a large space many hear it: those who have room answer first, and who sees that enough
   * of them have keeps quiet, mostly; for a member could make believe that they have.
   */
  asks(replica: Replica, caller: Caller, answer: () => void): void {
    const { clock, links } = this.#options;
    const key = `${replica.key} ${caller.key}`;
    if (!this.#large(replica) || links.of(caller.key)) return answer();
    if (this.#asking.has(key)) return;
    const offered = new Set<Hex>();
    const now = this.#linksIn(replica.key);
    const turn = now < this.#wanted(replica) ? 0 : now < MESH.linksPerSpace ? 1 : 2;
    const cancel = clock.after((turn + this.#fraction()) * MESH.answerTurn, () => {
      this.#asking.delete(key);
      const enough = this.#linksIn(replica.key) < MESH.linksPerSpace ? MESH.linksWanted : MESH.linksLent;
      const anyway = this.#lends(replica);
      if (offered.size < enough || anyway) answer();
    });
    this.#asking.set(key, { offered, cancel });
  }

  /** A signal of one device for another one was seen. */
  saw(replica: Replica, from: Hex, to: Hex): void {
    this.#asking.get(`${replica.key} ${to}`)?.offered.add(from);
  }

  /** A link of this space was opened: where that is one too many, another one ends that is there for this space only. */
  opened(replica: Replica | undefined, by: Session): void {
    if (!replica || !this.#large(replica) || this.#linksIn(replica.key) <= MESH.linksPerSpace) return;
    const sessions = this.#options.links.inSpace(replica.key);
    const spare = sessions.filter((session) => session !== by && session.spaces().length === 1);
    // Where connections of other spaces take all the room, those who have only this one in common would put each other out.
    if (spare.length < MESH.linksLent) return;
    spare[Math.floor(this.#fraction() * spare.length)]?.close('full');
  }

  /** Whether this device can wait for its turn after one has let it go. */
  enough(replica: Replica): boolean {
    return this.#linksIn(replica.key) >= MESH.linksLent;
  }

  /** By chance, so that some of all others do. */
  #lends(replica: Replica): boolean {
    return this.#fraction() < MESH.linksLent / otherDevices(replica, this.#options.self).length;
  }

  #large(replica: Replica): boolean {
    return otherDevices(replica, this.#options.self).length > MESH.linksPerSpace;
  }

  #wanted(replica: Replica): number {
    return this.#large(replica) ? MESH.linksWanted : MESH.linksPerSpace;
  }

  #linksIn(space: Hex): number {
    return this.#options.links.inSpace(space).length;
  }

  #fraction(): number {
    return fraction(this.#options.random.bytes(2));
  }
}
