/**
 * The durable side of one invitation: its row, its uses, and the transactions that change them. What ends it (the third
 * failure, the clock, the last use, a person) ends it here; whoever talks to guests is told through `onEnd`.
 */
import { equal, toHex, utf8 } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import type { IdentityState } from '../halo/chain.ts';
import { makeAuthCode } from './code.ts';
import type { HostRow, HostStore, UseRow } from './host-store.ts';
import type { Admission, HostLedger } from './host.ts';
import { fitting } from './grant-size.ts';
import { LIMITS } from './limits.ts';
import type { EndReason, GrantLetter } from './messages.ts';
import type { DeviceRequest, InvitationParts, LinkTerms } from './parts.ts';

type Ended = Exclude<HostRow['state'], 'listening'>;
const REASONS: Readonly<Record<Ended, EndReason>> = {
  completed: 'refused',
  locked: 'locked',
  expired: 'expired',
  revoked: 'revoked',
  'space-too-large': 'space-too-large',
};

export class HostRecord implements HostLedger {
  readonly #parts: InvitationParts;
  readonly #store: HostStore;
  readonly #onEnd: (reason: EndReason) => void;
  /** Monotonic time at which it is over, whatever the wall clock has been set to meanwhile. */
  readonly #deadline: number;
  #row: HostRow;
  #uses: readonly UseRow[];

  constructor(parts: InvitationParts, store: HostStore, row: HostRow, onEnd: (reason: EndReason) => void) {
    this.#parts = parts;
    this.#store = store;
    this.#row = row;
    this.#onEnd = onEnd;
    this.#deadline = parts.clock.monotonic() + row.expires - Math.max(parts.clock.now(), row.created);
    store.dropAuthenticated(row.invId); // of conversations that a restart ended
    this.#uses = store.uses(row.invId);
  }

  get row(): HostRow {
    return this.#row;
  }

  /** Whoever got in, in order, each with the device that came first. A limit is for people: their devices share a place. */
  get guests(): readonly UseRow[] {
    const uses = this.#uses;
    return uses.filter((use, at) => !uses.slice(0, at).some((earlier) => samePerson(earlier, use.identityId)));
  }

  get listening(): boolean {
    return this.#row.state === 'listening';
  }

  space(): Replica | undefined {
    const { replicas } = this.#parts;
    return [...replicas.all(), ...replicas.halos()].find((replica) => replica.row === this.#row.space);
  }

  /** After a start: ends what the third failure or the last use ended while nobody could act on it. */
  settle(): void {
    if (this.listening && this.#row.fails >= LIMITS.fails) this.end('locked');
    if (this.listening) this.#complete();
    this.ended();
  }

  /** Milliseconds until time alone may change something: expiry, then the end of the farewells. */
  untilNextLook(): number {
    const { clock } = this.#parts;
    const { ended, expires } = this.#row;
    const left = this.listening
      ? Math.min(expires - clock.now(), this.#deadline - clock.monotonic(), LIMITS.look)
      : Math.min((ended ?? 0) + LIMITS.farewell - clock.now(), LIMITS.farewell);
    return Math.max(0, left);
  }

  ended(): EndReason | null {
    const { clock } = this.#parts;
    const late = clock.now() >= this.#row.expires || clock.monotonic() >= this.#deadline;
    if (this.listening && late) this.end('expired');
    return this.#row.state === 'listening' ? null : REASONS[this.#row.state];
  }

  /** Does nothing when it has ended already. */
  end(state: Ended): void {
    if (!this.#store.end(this.#row.invId, state, this.#parts.clock.now())) return;
    this.#reload();
    this.#parts.log('invitation-ended', { state });
    this.#onEnd(REASONS[state]);
  }

  /** Forgets the guest behind this channel unless it was admitted. */
  drop(h: Uint8Array): void {
    this.#store.dropAuthenticated(this.#row.invId, h);
  }

  // ---------------------------------------------------------------- as a conversation sees it

  code(): Uint8Array {
    return utf8(this.#row.secrets?.authCode ?? '');
  }

  count(): boolean {
    const counted = this.ended() === null && this.#store.countAttempt(this.#row.invId);
    this.#reload();
    return counted;
  }

  match(h: Uint8Array): void {
    this.#store.match(this.#row.invId, h, this.#parts.clock.now());
    this.#reload();
  }

  miss(): number {
    this.#reload();
    if (this.#row.fails >= LIMITS.fails) this.end('locked');
    return Math.max(0, LIMITS.fails - this.#row.fails);
  }

  /** Nobody is asked about a device that a yes could not let in. */
  needsApproval(admission: Admission): boolean {
    return this.#row.approval && !this.#useOf(admission.deviceId) && this.#person(admission) !== undefined;
  }

  terms(): LinkTerms | null {
    return this.#row.kind === 'device' ? (this.#parts.linking?.terms() ?? null) : null;
  }

  admit(admission: Admission, h: Uint8Array): GrantLetter | EndReason {
    const { replicas, identity } = this.#parts;
    const { chain, deviceId, device } = admission;
    const reason = this.ended();
    if (reason) return reason;
    const space = this.space();
    const state = this.#person(admission);
    if (!space || !state) return 'refused';
    if (this.#row.kind === 'device') return device ? this.#link(device, h) : 'refused';
    try {
      // The same device gets the same again: its grant may have been lost on the way.
      const earlier = this.#useOf(deviceId)?.admitEntry;
      const { identityId } = state;
      const counted = this.#uses.some((use) => samePerson(use, identityId));
      if (!counted && this.#full) return 'refused';
      const guest = { deviceId, identityId, name: state.profile.name };
      // One transaction: nobody is let in who could be given nothing.
      return this.#store.transaction(() => {
        const admitEntry = earlier ?? this.#admitNow(space, chain, guest, h);
        const grant = replicas.grant(space, state.identityId, admitEntry);
        return this.#fitting({ host: identity.deviceId, spaceId: space.spaceId, grant }, space);
      });
    } catch (error) {
      this.#reload();
      if (error instanceof CoveError && error.type === 'space-too-large') return this.#tooLarge();
      if (error instanceof CoveError) return 'refused'; // for example: this device may not admit any more
      throw error;
    }
  }

  acknowledge(deviceId: Uint8Array): void {
    if (!this.listening || !this.#store.acknowledge(this.#row.invId, deviceId)) return;
    this.#reload();
    this.#complete();
  }

  /**
   * Whose device asks, by all that is known here of them; undefined when the device was taken away. A new device is
   * nobody's yet, but one that comes again for what it was given may be, and would be given the keys of today.
   */
  #person({ chain, deviceId, device }: Admission): IdentityState | undefined {
    const { replicas, identity } = this.#parts;
    const state = replicas.stateOf(device ? identity.chain() : chain);
    const revoked = state?.devices.get(toHex(deviceId))?.revoked;
    return revoked === false || (device && revoked === undefined) ? state : undefined;
  }

  /** A device of the same person: its admission is a certificate, and all spaces follow from the halo space. */
  #link(device: DeviceRequest, h: Uint8Array): GrantLetter | EndReason {
    const { linking, clock } = this.#parts;
    const { invId, maxUses } = this.#row;
    const { deviceId, name } = device;
    const space = this.space();
    if (!linking || !space) return 'refused';
    try {
      this.#fitting(linking.letter(), space);
      if (!this.#useOf(deviceId)) {
        if (this.#uses.length >= maxUses) return 'refused'; // here the devices are what is counted
        this.#store.transaction(() => {
          const admitEntry = linking.admit(device);
          const { identityId } = linking.terms();
          this.#store.granted(invId, h, { deviceId, identityId, name, admitEntry, at: clock.now() });
        });
        this.#reload();
      }
      return this.#fitting(linking.letter(), space);
    } catch (error) {
      if (error instanceof CoveError && error.type === 'space-too-large') return this.#tooLarge();
      if (error instanceof CoveError) return 'refused'; // for example: the person has eight devices
      throw error;
    }
  }

  #fitting(letter: GrantLetter, space: Replica): GrantLetter {
    const fits = fitting(letter, toHex(space.epoch().keyId));
    if (!fits) throw new CoveError('space-too-large');
    return fits;
  }

  /** Nor would it be small enough for the next. */
  #tooLarge(): EndReason {
    this.end('space-too-large');
    return 'space-too-large';
  }

  /** The admission, the use and a multi-use invitation's next code are one transaction. */
  #admitNow(
    space: Replica,
    chain: readonly Uint8Array[],
    guest: { readonly deviceId: Uint8Array; readonly identityId: Uint8Array; readonly name: string },
    h: Uint8Array,
  ): Uint8Array {
    const { replicas, clock, random } = this.#parts;
    const { invId, role, maxUses } = this.#row;
    const entry = replicas.admit(space, { chain, role, invId }, (admitEntry) => {
      this.#store.granted(invId, h, { ...guest, admitEntry, at: clock.now() });
      if (maxUses > 1) this.#store.setAuthCode(invId, makeAuthCode(random));
    });
    this.#reload();
    return entry;
  }

  /** Over once every use was made and every guest has its grant; until then a guest may come back for it. */
  #complete(): void {
    if (this.#full && this.#uses.every((use) => use.state === 'acknowledged')) this.end('completed');
  }

  get #full(): boolean {
    return this.guests.length >= this.#row.maxUses;
  }

  #reload(): void {
    this.#row = this.#store.get(this.#row.invId) ?? this.#row;
    this.#uses = this.#store.uses(this.#row.invId);
  }

  #useOf(deviceId: Uint8Array): UseRow | undefined {
    const id = toHex(deviceId);
    return this.#uses.find((use) => toHex(use.deviceId) === id);
  }
}

function samePerson({ identityId }: UseRow, other: Uint8Array | null): boolean {
  return identityId !== null && other !== null && equal(identityId, other);
}
