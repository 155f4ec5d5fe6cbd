/**
 * Meeting beside the epochs. Whoever removes a member makes new keys and announces himself under them only; two who do
 * so without knowing of each other would each wait where the other is not. So devices that may not know our epoch are
 * also looked for where only the two of us can be: under a secret of both devices' keys. See docs/decisions/0009.
 */
import type { Hex } from '../bytes.ts';
import { sharedSecret } from '../crypto/box.ts';
import { pairKeys } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import type { MeetingKeys, MemberDevice, Replica } from '../echo/replica.ts';
import type { Identity } from '../halo/identity.ts';
import type { Acks } from './acks.ts';
import { MESH } from './limits.ts';
import { otherDevices } from './status.ts';

export interface PairsOptions {
  readonly identity: Pick<Identity, 'deviceId' | 'keys'>;
  readonly acks: Acks;
  readonly self: Hex;
  readonly connected: (replica: Replica, device: Hex) => boolean;
}

const NOBODY: ReadonlySet<Hex> = new Set();

export class Pairs {
  readonly #options: PairsOptions;
  readonly #keys = new Map<string, MeetingKeys | null>();

  constructor(options: PairsOptions) {
    this.#options = options;
  }

  /**
   * The pairs to wait for, at most so many: of missing members who have not said that they know our epoch. Of all who
   * are missing where there is no clean one: who has left may be the only one to know the last epoch.
   */
  of(replica: Replica): readonly MeetingKeys[] {
    const { acks, self, connected } = this.#options;
    const head = replica.epochHead();
    const others = otherDevices(replica, self);
    // Among so many most never meet, and one who had put an older copy back is found by a third.
    const knowers = head && others.length > MESH.linksPerSpace ? replica.knowers(head) : NOBODY;
    const knows = (device: Hex): boolean =>
      knowers.has(device) || (head !== undefined && acks.covers(replica.row, device, [head]));
    return others
      .filter(({ device: { deviceId } }) => !connected(replica, deviceId) && !knows(deviceId))
      .map(({ device }) => this.#pair(replica, device))
      .filter((keys) => keys !== null)
      .slice(0, MESH.pairs);
  }

  #pair({ spaceId, key }: Replica, { deviceId, boxPk }: MemberDevice): MeetingKeys | null {
    const name = `${key} ${deviceId}`;
    let keys = this.#keys.get(name);
    if (keys === undefined) this.#keys.set(name, (keys = this.#derive(boxPk, spaceId)));
    return keys;
  }

  #derive(boxPk: Uint8Array, spaceId: Uint8Array): MeetingKeys | null {
    try {
      const shared = sharedSecret(boxPk, this.#options.identity.keys.box.sk);
      const keys = pairKeys(shared, spaceId);
      wipe(shared);
      return keys;
    } catch {
      return null; // a certificate may name a key of low order
    }
  }
}
