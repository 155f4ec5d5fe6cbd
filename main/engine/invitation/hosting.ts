/**
 * One invitation this device made, alive: listens at the meeting point, talks to up to four guests at once, and keeps
 * every step in its row before the next message goes out (protocol §3.3). Ended, it tells late guests why for a day.
 */
import { toHex, utf8 } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { inviteKeys, invitePkHash, inviteRekey } from '../crypto/keys.ts';
import type { InviteKeys } from '../crypto/keys.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { wipe } from '../crypto/sodium.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { Cancel, Channel } from '../ports.ts';
import { makeAuthCode } from './code.ts';
import { HostMeeting } from './host-meeting.ts';
import type { HostRow, HostStore, UseRow } from './host-store.ts';
import { HostConversation } from './host.ts';
import type { Admission, HostEffect, HostEvent, HostLedger } from './host.ts';
import { Listeners } from './invitation.ts';
import type { Guest, HostInvitation, HostState } from './invitation.ts';
import { LIMITS } from './limits.ts';
import { openLink } from './link.ts';
import type { Link } from './link.ts';
import { decodeMessage, encodeMessage } from './messages.ts';
import type { EndReason, GrantLetter } from './messages.ts';
import type { InvitationParts } from './parts.ts';

const REASONS: Readonly<Record<Exclude<HostRow['state'], 'listening'>, EndReason>> = {
  completed: 'refused',
  locked: 'locked',
  expired: 'expired',
  revoked: 'revoked',
};

/** One guest's conversation and what drives it. */
interface Talk {
  readonly link: Link;
  readonly conversation: HostConversation;
  cancelDeadline: Cancel;
  asking: Guest | null;
}

export interface HostingOptions {
  readonly parts: InvitationParts;
  readonly store: HostStore;
  readonly row: HostRow;
  readonly onChange: () => void;
  /** Half-open connections of all invitations. */
  readonly halfOpen: () => number;
}

export class Hosting {
  readonly invId: Uint8Array;
  readonly invitation: HostInvitation;
  readonly #options: HostingOptions;
  readonly #keys: InviteKeys | undefined;
  readonly #host: KeyPair | undefined;
  readonly #listeners = new Listeners();
  /** Monotonic time at which it is over, whatever the wall clock has been set to meanwhile. */
  readonly #deadline: number;
  readonly #linking = new Set<Channel>();
  readonly #talks = new Set<Talk>();
  readonly #lingering = new Set<() => void>();
  /** Whose step is being computed: it hears of an end by its own answer. */
  #running: Talk | undefined;
  readonly #cancels: Cancel[] = [];
  #row: HostRow;
  #uses: readonly UseRow[];
  #meeting: HostMeeting | undefined;
  #cancelTimer: Cancel = () => undefined;
  #closed = false;

  constructor(options: HostingOptions) {
    const { parts, row, store } = options;
    this.#options = options;
    this.#row = row;
    this.invId = row.invId;
    this.#deadline = parts.clock.monotonic() + row.expires - Math.max(parts.clock.now(), row.created);
    if (row.secrets) {
      this.#keys = inviteKeys(row.secrets.secret, invitePkHash(row.hostPk));
      this.#host = { pk: row.hostPk, sk: row.secrets.hostSk.slice() };
    }
    store.dropAuthenticated(row.invId);
    this.#uses = store.uses(row.invId);
    this.invitation = this.#present();
  }

  /** Listens, or ends at once what the clock or the third failure ended while nobody ran. */
  start(): void {
    const { parts } = this.#options;
    if (this.#row.state === 'listening' && this.#row.fails >= LIMITS.fails) this.#end('locked');
    this.#expire();
    if (this.#row.state === 'listening') this.#complete();
    this.#schedule();
    const { signal } = this.#row;
    if (!signal || this.#closed) return;
    for (const url of this.#row.url?.split(' ') ?? []) this.#cancels.push(parts.rendezvous.use(url));
    this.#meeting = new HostMeeting({
      ...parts,
      signal,
      hostPk: this.#row.hostPk,
      ended: () => this.#ended(),
      makeRoom: () => this.#makeRoom(),
      onChannel: (channel) => this.#link(channel),
      onChange: () => this.#changed(),
    });
  }

  get halfOpen(): number {
    return this.#linking.size + (this.#meeting?.halfOpen ?? 0);
  }

  get spaceRow(): number {
    return this.#row.space;
  }

  /** A member session with this device came about: whatever it was granted, it has. */
  memberSeen(deviceId: Uint8Array): void {
    if (this.#row.state === 'listening') this.#acknowledge(deviceId);
  }

  /** Stops without ending: the next start resumes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#meeting?.close();
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const channel of this.#linking) channel.close();
    for (const talk of [...this.#talks]) this.#drop(talk, false);
    for (const end of [...this.#lingering]) end();
    this.#forget();
  }

  // ---------------------------------------------------------------- guests

  #makeRoom(): boolean {
    if (this.#options.halfOpen() >= LIMITS.halfOpen) return false;
    if (this.halfOpen + this.#talks.size < LIMITS.connections) return true;
    // A guest that says nothing blocks nobody: it reconnects by itself and loses no attempt.
    const silent = [...this.#talks].find((talk) => talk.conversation.phase === 'code');
    if (!silent) return false;
    this.#drop(silent, false);
    return true;
  }

  #link(channel: Channel): void {
    const { clock, random } = this.#options.parts;
    const [keys, host] = [this.#keys, this.#host];
    if (!keys || !host || this.#closed || this.#ended()) return channel.close();
    const done = (): void => void this.#linking.delete(channel);
    this.#linking.add(channel);
    const { flags } = this.#row;
    openLink({
      ...{ channel, keys, host, clock, random, flags },
      onOpen: (link) => {
        done();
        this.#talk(link);
      },
      onFail: () => {
        done();
        this.#changed();
      },
    });
  }

  #talk(link: Link): void {
    const { random } = this.#options.parts;
    const { hostPk } = this.#row;
    const conversation = new HostConversation({
      ...{ invId: this.invId, hostPk, h: link.h, random },
      ledger: this.#ledger(),
    });
    const talk: Talk = { link, conversation, cancelDeadline: () => undefined, asking: null };
    this.#talks.add(talk);
    link.secure.onClose(() => this.#drop(talk, false));
    this.#run(talk, () => conversation.start());
    link.secure.onMessage((logical, bytes) => {
      if (this.#talks.has(talk))
        this.#dispatch(talk, { type: 'message', message: logical === 0 ? decodeMessage(bytes) : null });
    });
  }

  #dispatch(talk: Talk, event: HostEvent): void {
    this.#run(talk, () => talk.conversation.handle(event));
  }

  /** One step of a conversation and what follows from it. A storage that fails ends this conversation and nothing else. */
  #run(talk: Talk, step: () => readonly HostEffect[]): void {
    let effects: readonly HostEffect[];
    const before = this.#running;
    this.#running = talk;
    try {
      effects = step();
    } catch (error) {
      this.#options.parts.log('invitation-step-failed', {
        error: error instanceof CoveError ? error.type : 'internal',
      });
      this.#drop(talk, false);
      return;
    } finally {
      this.#running = before;
    }
    const said = effects.some((effect) => effect.do === 'send');
    for (const effect of effects) this.#perform(talk, effect, said);
    this.#changed();
  }

  #perform(talk: Talk, effect: HostEffect, said: boolean): void {
    const { secure } = talk.link;
    switch (effect.do) {
      case 'send':
        return secure.send(0, encodeMessage(effect.message));
      case 'rekey': {
        const { tx, rx } = secure.keys;
        const next = { tx: inviteRekey(tx, effect.isk), rx: inviteRekey(rx, effect.isk) };
        secure.rekey(next);
        return wipe(next.tx, next.rx, effect.isk);
      }
      case 'deadline':
        talk.cancelDeadline();
        talk.cancelDeadline = this.#options.parts.clock.after(effect.ms, () =>
          this.#dispatch(talk, { type: 'deadline' }),
        );
        return;
      case 'ask':
        talk.asking = guestOf(effect.admission);
        return;
      case 'hand-over':
        return this.#handOver(talk);
      case 'close':
        return this.#drop(talk, said);
    }
  }

  #handOver(talk: Talk): void {
    const { adopt } = this.#options.parts;
    const space = this.#space();
    talk.cancelDeadline();
    this.#talks.delete(talk);
    const channel = talk.link.secure.release();
    if (adopt && space) adopt({ channel, initiator: false, space });
    else channel.close();
  }

  #drop(talk: Talk, said: boolean): void {
    if (!this.#talks.delete(talk)) return;
    const { secure, h } = talk.link;
    talk.cancelDeadline();
    talk.conversation.end();
    if (!this.#closed) this.#options.store.dropAuthenticated(this.invId, h);
    if (said) this.#linger(() => secure.close());
    else secure.close();
    this.#changed();
  }

  /** Closes a little later, so that the last message arrives. */
  #linger(close: () => void): void {
    const cancel = this.#options.parts.clock.after(LIMITS.linger, () => end());
    const end = (): void => {
      this.#lingering.delete(end);
      cancel();
      close();
    };
    this.#lingering.add(end);
    if (this.#lingering.size > LIMITS.connections) for (const oldest of [...this.#lingering].slice(0, 1)) oldest();
  }

  // ---------------------------------------------------------------- the row

  #ledger(): HostLedger {
    const { store, parts } = this.#options;
    return {
      ended: () => this.#ended(),
      code: () => utf8(this.#row.secrets?.authCode ?? ''),
      count: () => {
        const counted = this.#ended() === null && store.countAttempt(this.invId);
        this.#reload();
        return counted;
      },
      match: (h) => {
        store.match(this.invId, h, parts.clock.now());
        this.#reload();
      },
      miss: () => {
        if (this.#reload().fails >= LIMITS.fails) this.#end('locked');
        return Math.max(0, LIMITS.fails - this.#row.fails);
      },
      needsApproval: ({ deviceId }) => this.#row.approval && !this.#useOf(deviceId),
      admit: (admission, h) => this.#admit(admission, h),
      acknowledge: (deviceId) => this.#acknowledge(deviceId),
    };
  }

  #admit({ chain, deviceId }: Admission, h: Uint8Array): GrantLetter | EndReason {
    const { store, parts } = this.#options;
    const reason = this.#ended();
    const space = this.#space();
    const state = verifyChain(chain);
    if (reason) return reason;
    if (!space || state instanceof ChainFault) return 'refused';
    const device = state.devices.get(toHex(deviceId));
    if (!device || device.revoked) return 'refused';
    const { identityId, profile } = state;
    let admitEntry = this.#useOf(deviceId)?.admitEntry;
    try {
      if (!admitEntry) {
        if (this.#uses.length >= this.#row.maxUses) return 'refused';
        // The admission and the use are one transaction: neither a member without a use nor a use without a member.
        admitEntry = parts.replicas.admit(space, { chain, role: this.#row.role, invId: this.invId }, (entry) => {
          const at = parts.clock.now();
          store.granted(this.invId, h, { deviceId, identityId, name: profile.name, admitEntry: entry, at });
          if (this.#row.maxUses > 1) store.setAuthCode(this.invId, makeAuthCode(parts.random));
        });
      }
      this.#reload();
      return {
        host: parts.identity.deviceId,
        spaceId: space.spaceId,
        grant: parts.replicas.grant(space, identityId, admitEntry),
      };
    } catch (error) {
      if (error instanceof CoveError) return 'refused'; // for example: this device may not admit any more
      throw error;
    }
  }

  #acknowledge(deviceId: Uint8Array): void {
    if (!this.#options.store.acknowledge(this.invId, deviceId)) return;
    this.#reload();
    this.#complete();
    this.#changed();
  }

  /** Over once every use was made and every guest has its grant; until then a guest may come back for it. */
  #complete(): void {
    const full = this.#uses.length >= this.#row.maxUses;
    if (full && this.#uses.every((use) => use.state === 'acknowledged')) this.#end('completed');
  }

  #ended(): EndReason | null {
    this.#expire();
    return this.#row.state === 'listening' ? null : REASONS[this.#row.state];
  }

  #expire(): void {
    const { clock } = this.#options.parts;
    if (this.#row.state !== 'listening') return;
    if (clock.now() >= this.#row.expires || clock.monotonic() >= this.#deadline) this.#end('expired');
  }

  #end(state: Exclude<HostRow['state'], 'listening'>): void {
    const { store, parts } = this.#options;
    if (!store.end(this.invId, state, parts.clock.now())) return;
    parts.log('invitation-ended', { state });
    this.#forget();
    this.#reload();
    this.#meeting?.dropAll();
    for (const talk of [...this.#talks]) {
      if (talk !== this.#running) this.#dispatch(talk, { type: 'end', reason: REASONS[state] });
    }
    this.#schedule();
    this.#changed();
  }

  /** The next moment at which time alone changes something. */
  #schedule(): void {
    const { clock } = this.#options.parts;
    this.#cancelTimer();
    const { state, ended, expires } = this.#row;
    if (state === 'listening') {
      const left = Math.min(expires - clock.now(), this.#deadline - clock.monotonic());
      this.#cancelTimer = clock.after(Math.max(0, left), () => (this.#expire(), this.#schedule()));
    } else {
      const left = (ended ?? 0) + LIMITS.farewell - clock.now();
      this.#cancelTimer = clock.after(Math.max(0, Math.min(left, LIMITS.farewell)), () => this.close());
    }
  }

  #revoke(): void {
    this.#expire();
    this.#end('revoked');
  }

  /** Erases the secrets in memory; the row's are erased by the transaction that ended it. */
  #forget(): void {
    if (this.#host) wipe(this.#host.sk);
    if (this.#keys) wipe(this.#keys.psk);
  }

  #reload(): HostRow {
    this.#row = this.#options.store.get(this.invId) ?? this.#row;
    this.#uses = this.#options.store.uses(this.invId);
    return this.#row;
  }

  #space(): Replica | undefined {
    return this.#options.parts.replicas.all().find((replica) => replica.row === this.#row.space);
  }

  #useOf(deviceId: Uint8Array): UseRow | undefined {
    const id = toHex(deviceId);
    return this.#uses.find((use) => toHex(use.deviceId) === id);
  }

  #changed(): void {
    if (this.#closed) return;
    this.#listeners.call();
    this.#options.onChange();
  }

  // ---------------------------------------------------------------- what others see

  #state(): HostState {
    if (this.#row.state !== 'listening') return this.#row.state;
    const phases = [...this.#talks].map((talk) => talk.conversation.phase);
    if (phases.some((phase) => phase === 'request' || phase === 'approval' || phase === 'acknowledgement')) {
      return 'admitting';
    }
    if (phases.length > 0) return 'ready-for-code';
    return this.halfOpen > 0 ? 'connecting' : 'listening';
  }

  #approve(deviceId: Hex, approved: boolean): void {
    const talk = [...this.#talks].find(({ asking }) => asking?.deviceId === deviceId);
    if (!talk) return;
    talk.asking = null;
    this.#dispatch(talk, { type: 'approval', approved });
  }

  #present(): HostInvitation {
    const row = (): HostRow => this.#row;
    const uses = (): readonly UseRow[] => this.#uses;
    const state = (): HostState => this.#state();
    const talks = this.#talks;
    const space = (): Hex => this.#space()?.key ?? '';
    return {
      id: toHex(this.invId),
      get spaceKey() {
        return space();
      },
      get code() {
        return row().secrets?.code ?? '';
      },
      get authenticationCode() {
        return row().secrets?.authCode ?? null;
      },
      get state() {
        return state();
      },
      role: row().role,
      multiUse: row().maxUses > 1,
      created: row().created,
      expires: row().expires,
      get uses() {
        return uses().length;
      },
      maxUses: row().maxUses,
      get fails() {
        return row().fails;
      },
      get guests() {
        return uses().map(({ deviceId, identityId, name }) => ({
          deviceId: toHex(deviceId),
          identityId: toHex(identityId ?? new Uint8Array(0)),
          name: name ?? '',
        }));
      },
      get waiting() {
        return [...talks].find((talk) => talk.asking)?.asking ?? null;
      },
      approve: (deviceId, approved) => this.#approve(deviceId, approved),
      revoke: () => this.#revoke(),
      onChange: this.#listeners.add,
    };
  }
}

function guestOf({ chain, deviceId }: Admission): Guest | null {
  const state = verifyChain(chain);
  if (state instanceof ChainFault) return null;
  return { identityId: toHex(state.identityId), deviceId: toHex(deviceId), name: state.profile.name };
}
