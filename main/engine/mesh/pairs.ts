/**
 * Meeting beside the epochs. Whoever removes a member makes new keys and announces himself under them only; two who do
 * so without knowing of each other would each wait where the other is not. So devices that may not know our epoch are
 * also looked for where only the two of us can be: under a secret of both devices' keys. See docs/decisions/0009.
 *
 * That a keeper has the entry of an epoch does not say that it holds its keys: nothing commits to a half. Between it and
 * anybody the pair is kept until each has shown the other, in a session, that both hold the same. See docs/decisions/0054.
 * And whoever knows none of the epochs that are listened on is heard under the one that he knew last.
 */
import type { Hex } from '../bytes.ts';
import { sharedSecret } from '../crypto/box.ts';
import { pairKeys } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import type { MeetingKeys, MemberDevice, Replica } from '../echo/replica.ts';
import type { Identity } from '../halo/identity.ts';
import type { Storage } from '../ports.ts';
import type { Acks } from './acks.ts';
import { MESH } from './limits.ts';
import { Shown } from './shown.ts';
import { otherDevices } from './status.ts';

export interface PairsOptions {
  readonly identity: Pick<Identity, 'deviceId' | 'keys'>;
  readonly storage: Storage;
  readonly acks: Acks;
  readonly self: Hex;
  readonly connected: (replica: Replica, device: Hex) => boolean;
}

const NOBODY: ReadonlySet<Hex> = new Set();

export class Pairs {
  readonly #options: PairsOptions;
  readonly #keys = new Map<string, MeetingKeys | null>();
  readonly #shown: Shown;

  constructor(options: PairsOptions) {
    this.#options = options;
    this.#shown = new Shown(options.storage);
  }

  /**
   * The pairs to wait for, at most so many, keepers' first: of missing members who have not said that they know our epoch,
   * or, where one of the two is a keeper, not shown it. Of all who are missing where there is no clean one: who has left
   * may be the only one to know the last epoch.
   */
  of(replica: Replica): readonly MeetingKeys[] {
    const { acks, self, connected } = this.#options;
    const head = replica.epochHead();
    const keeps = replica.ownRole() === 'keeper';
    const others = otherDevices(replica, self);
    // Among so many most never meet, and one who had put an older copy back is found by a third.
    const knowers = head && !keeps && others.length > MESH.linksPerSpace ? replica.knowers(head) : NOBODY;
    const shown = keeps || others.some(({ keeper }) => keeper) ? this.#shownIn(replica) : NOBODY;
    const met = (device: Hex, keeper: boolean): boolean => {
      if (!keeper && knowers.has(device)) return true;
      const acknowledged = head !== undefined && acks.covers(replica.row, device, [head]);
      return acknowledged && (shown.has(device) || (!keeps && !keeper));
    };
    const wanted = others.filter(
      ({ device: { deviceId }, keeper }) => !connected(replica, deviceId) && !met(deviceId, keeper),
    );
    return [...wanted.filter(({ keeper }) => keeper), ...wanted.filter(({ keeper }) => !keeper)]
      .map(({ device }) => this.#pair(replica, device))
      .filter((keys) => keys !== null)
      .slice(0, MESH.pairs);
  }

  /**
   * Epochs from before those that are listened on anyway, at most so many: each the last that a missing member's device has
   * said to know, and by which it looks for us. Many may have been made at once while it was away.
   */
  behind(replica: Replica): readonly MeetingKeys[] {
    const { acks, self, connected } = this.#options;
    const [listened, held] = [replica.epochs(), replica.heldEpochs()];
    if (held.length <= listened.length) return [];
    const found = new Set<MeetingKeys>();
    for (const { device } of otherDevices(replica, self)) {
      if (connected(replica, device.deviceId)) continue;
      const last = held.find(({ head }) => acks.covers(replica.row, device.deviceId, [head]));
      if (last && !listened.includes(last.keys)) found.add(last.keys);
    }
    return [...found].slice(0, MESH.behind);
  }

  /** The keys of the pair that this device and a member's are; undefined for anybody else's device. */
  with(replica: Replica, device: Hex): MeetingKeys | undefined {
    const member = replica.authority().device(device);
    return (member && this.#pair(replica, member)) ?? undefined;
  }

  /** A device has named, in a session, the tag of the present epoch. */
  shown(replica: Replica, device: Hex): void {
    const role = replica.authority().roleOfDevice(device);
    if (role === undefined || (role !== 'keeper' && replica.ownRole() !== 'keeper')) return;
    this.#shown.add(replica, replica.epoch().keyId, device);
  }

  /** Under an older epoch they may have, long ago; since then this device may have been kept from a later one's keys. */
  #shownIn(replica: Replica): ReadonlySet<Hex> {
    const [present] = replica.epochs();
    return present && !replica.missesEpoch() ? this.#shown.devices(replica, present.keyId) : NOBODY;
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
