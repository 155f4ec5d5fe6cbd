/** One join by file on the host's side, alive. What is counted and admitted is the invitation's record. */
import { equal, toHex } from '../../bytes.ts';
import type { Hex } from '../../bytes.ts';
import { CoveError } from '../../errors.ts';
import type { Listeners } from '../../listeners.ts';
import { guestOf } from '../guest-of.ts';
import type { Admission } from '../host.ts';
import type { Door } from '../hosting.ts';
import type { Guest } from '../invitation.ts';
import { LIMITS } from '../limits.ts';
import type { InvitationParts } from '../parts.ts';
import type { FileJoin, FileJoinState } from './file-join.ts';
import type { JoinFile, Step } from './format.ts';
import { decide, judge } from './host-steps.ts';
import type { JoinRow, JoinStore } from './store.ts';

export interface HostJoinOptions {
  readonly parts: InvitationParts;
  readonly store: JoinStore;
  readonly row: JoinRow;
  readonly listeners: Listeners;
  readonly onChange: () => void;
  readonly onForget: () => void;
  /** undefined once the invitation has ended. */
  readonly door: () => Door | undefined;
  readonly spaceKey: () => Hex | undefined;
  /** Something changed that the invitation shows. */
  readonly told: () => void;
}

export class HostJoin {
  readonly side = 'host';
  readonly invId: Uint8Array;
  readonly view: FileJoin;
  readonly #options: HostJoinOptions;
  readonly #id: Uint8Array;
  #cancelled = false;

  constructor(options: HostJoinOptions) {
    this.#options = options;
    this.#id = options.row.id;
    this.invId = options.row.invId;
    this.view = this.#present();
  }

  get over(): boolean {
    return this.#cancelled || this.#state === 'failed';
  }

  get awaits(): Step | undefined {
    return this.#row.phase === 'answered' ? 3 : undefined;
  }

  take(file: JoinFile, taken: Uint8Array): void {
    const { store, parts, told, onChange } = this.#options;
    const door = this.#options.door();
    const kept = store.kept(this.#id, 'answered');
    if (!door || !kept) throw new CoveError('join-file-over');
    const verdict = judge(door, kept, file, parts.random);
    const at = parts.clock.now();
    switch (verdict.type) {
      case 'wrong':
        store.put(this.#id, { phase: 'answered', kept: verdict.kept, file: verdict.file, taken }, at);
        break;
      case 'refused':
        store.put(this.#id, { phase: 'refused', kept: null, file: verdict.file, error: verdict.reason, taken }, at);
        break;
      case 'asking':
        store.put(this.#id, { phase: 'asking', kept: verdict.kept, taken, ...known(verdict.kept) }, at);
        break;
      case 'granted':
        store.put(
          this.#id,
          { phase: 'granted', kept: null, file: verdict.file, taken, ...known(verdict.admission) },
          at,
        );
    }
    told();
    onChange();
  }

  /** The guest's device was heard of, as a member: file 4 arrived. */
  seen(deviceId: Uint8Array): void {
    const { store, parts, onChange } = this.#options;
    const { phase, deviceId: own } = this.#row;
    if (phase !== 'granted' || !own || !equal(own, deviceId)) return;
    store.put(this.#id, { phase: 'arrived', kept: null }, parts.clock.now());
    onChange();
  }

  forget(): void {
    this.#options.store.delete(this.#id);
    this.#cancelled = true;
    this.#options.onForget();
  }

  close(): void {
    // nothing of it runs
  }

  #answer(approve: boolean): void {
    const { store, parts, told, onChange } = this.#options;
    const door = this.#options.door();
    const kept = store.kept(this.#id, 'asking');
    if (!door || !kept || this.#cancelled) throw new CoveError('join-file-over');
    const { chain, deviceId, h } = kept;
    const answered = approve ? door.record.admit({ chain, deviceId }, h) : 'refused';
    const file = decide(kept, this.#id, answered);
    const [phase, error] = typeof answered === 'string' ? (['refused', answered] as const) : (['granted'] as const);
    store.put(this.#id, { phase, kept: null, file, ...(error ? { error } : {}) }, parts.clock.now());
    told();
    onChange();
  }

  // ---------------------------------------------------------------- what it stands on

  get #row(): JoinRow {
    return this.#options.store.get(this.#id) ?? this.#options.row;
  }

  get #state(): FileJoinState {
    const { phase } = this.#row;
    if (this.#cancelled) return 'cancelled';
    if (phase === 'granted' || phase === 'arrived' || phase === 'refused') return phase;
    if (!this.#options.door()) return 'failed';
    return phase === 'asking' ? 'asking' : 'answered';
  }

  get #guest(): Guest | null {
    const { store } = this.#options;
    const asking = store.kept(this.#id, 'asking');
    if (asking) return guestOf(asking, asking.h, asking.deviceId);
    const { deviceId, name } = this.#row;
    if (!deviceId) return null;
    return { identityId: '', deviceId: toHex(deviceId), name: name ?? '', avatar: '', deviceName: '' };
  }

  #present(): FileJoin {
    const { store, listeners, row, door, spaceKey } = this.#options;
    const state = (): FileJoinState => this.#state;
    const answered = () => (state() === 'answered' ? store.kept(this.#id, 'answered') : undefined);
    const current = (): JoinRow => this.#row;
    const guest = (): Guest | null => this.#guest;
    const opened = door()?.record.row;
    return {
      ...{ id: toHex(this.#id), side: 'host', invitationId: toHex(this.invId), created: row.created },
      expires: opened?.expires ?? 0,
      codeEnd: opened?.secrets?.code.slice(-6) ?? '',
      get state() {
        return state();
      },
      get step() {
        return carried(state(), answered()?.attempt);
      },
      get error() {
        return state() === 'failed' ? 'join-file-over' : state() === 'refused' ? (current().error ?? 'refused') : null;
      },
      get wrongCode() {
        return (answered()?.attempt ?? 1) > 1;
      },
      get attemptsLeft() {
        return LIMITS.fails - (door()?.record.row.fails ?? LIMITS.fails);
      },
      get authenticationCode() {
        return answered()?.authCode ?? null;
      },
      get guest() {
        return guest();
      },
      get spaceKey() {
        return spaceKey();
      },
      file: () => (carried(state(), answered()?.attempt) === null ? null : store.file(this.#id)),
      authenticate: () => {
        throw new CoveError('bad-request');
      },
      answer: (approve) => this.#answer(approve),
      cancel: () => {
        if (this.#cancelled) return;
        this.forget();
        this.#options.onChange();
      },
      onChange: listeners.add,
    };
  }
}

/** The first answer is file 2; one to a wrong code is a file 4, after which file 3 comes again. */
function carried(state: FileJoinState, attempt: number | undefined): Step | null {
  if (state === 'answered') return attempt === 1 ? 2 : 4;
  return state === 'granted' || state === 'refused' ? 4 : null;
}

const known = (admission: Admission): { guest: { deviceId: Uint8Array; name: string } } => ({
  guest: { deviceId: admission.deviceId, name: guestOf(admission, admission.deviceId, admission.deviceId)?.name ?? '' },
});
