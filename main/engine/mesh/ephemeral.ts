/**
 * What goes to whoever is connected in a space and is kept nowhere: presence, and messages on named channels. Only
 * devices that may read the space get it.
 */
import type { Hex } from '../bytes.ts';
import { mayRead } from '../echo/roles.ts';
import type { Clock, Log } from '../ports.ts';
import type { Links } from './links.ts';
import { Messages } from './messages.ts';
import { PresenceBoard } from './presence.ts';
import type { WatchedSpaces } from './watched-spaces.ts';

export interface EphemeralOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly links: Links;
  readonly spaces: WatchedSpaces;
}

export class Ephemeral {
  readonly presence: PresenceBoard;
  readonly messages: Messages;
  readonly #links: Links;
  readonly #spaces: WatchedSpaces;

  constructor({ clock, log, links, spaces }: EphemeralOptions) {
    this.#links = links;
    this.#spaces = spaces;
    this.presence = new PresenceBoard({
      clock,
      send: (space, message, device) => this.#send(space, message, device),
      identityOf: (space, device) => spaces.get(space)?.authority().device(device)?.identityId,
    });
    this.messages = new Messages({
      ...{ clock, log },
      send: (space, message) => this.#send(space, message),
      readerOf: (space, device) => {
        const authority = spaces.get(space)?.authority();
        return mayRead(authority?.roleOfDevice(device)) ? authority?.device(device)?.identityId : undefined;
      },
    });
  }

  /** False when it is neither: an honest peer sends nothing that is not well-formed. */
  receive(space: Hex, device: Hex, message: Uint8Array): boolean {
    return this.presence.receive(space, device, message) && this.messages.receive(space, device, message);
  }

  /** Its session ended. */
  drop(device: Hex): void {
    this.messages.drop(device);
    for (const { key } of this.#spaces.all()) this.presence.drop(key, device);
  }

  /** To every member's device that is connected in the space, or to one. */
  #send(space: Hex, message: Uint8Array, only?: Hex): void {
    const authority = this.#spaces.get(space)?.authority();
    for (const session of this.#links.inSpace(space)) {
      const reads = (only ?? session.device) === session.device && mayRead(authority?.roleOfDevice(session.device));
      if (reads) session.sendEphemeral(space, message);
    }
  }
}
