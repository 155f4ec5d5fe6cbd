/** Invitations under way: people who send codes, tell digits, mistype them, lose power meanwhile and try again. */
import { CoveError } from '../../main/engine/errors.ts';
import type { InvitableRole } from '../../main/engine/invitation/invitation.ts';
import { ProcessDied } from '../engine/net/sim-net.ts';
import type { SimNet } from '../engine/net/sim-net.ts';
import type { Ledger } from './ledger.ts';
import type { SimPeer } from './peer.ts';

interface Attempt {
  readonly host: SimPeer;
  readonly guest: SimPeer;
  readonly space: string;
  readonly code: string;
  readonly digits: string;
  /** How often the guest mistypes before he gets it right; Infinity: he does not know the digits. */
  mistakes: number;
  retries: number;
  /** The guest's life in which somebody is at it. */
  life: number;
  over: boolean;
}

/** More tries after a lost connection: a person gives up some day. */
const RETRIES = 4;

export class Invitations {
  readonly #net: SimNet;
  readonly #count: (what: string) => void;
  readonly #ledger: Ledger;
  readonly #attempts: Attempt[] = [];
  /** Codes and digits so far, for who looks for them where they must not be. */
  readonly secrets: string[] = [];
  /** Who brought whom in. */
  readonly admitted: {
    readonly host: SimPeer;
    readonly guest: SimPeer;
    readonly space: string;
    readonly at: number;
  }[] = [];
  /** Who was ever let into what, and as what, whether or not it came to that: `person space` and `person space role`. */
  readonly given = new Set<string>();
  /** How a wrong code let somebody in: must stay undefined. */
  breach: string | undefined;

  /** Who guesses is told the digits: planted, to show that it is noticed. */
  readonly #toldDigits: boolean;

  constructor(net: SimNet, count: (what: string) => void, ledger: Ledger, toldDigits = false) {
    this.#toldDigits = toldDigits;
    this.#net = net;
    this.#count = count;
    this.#ledger = ledger;
  }

  /** `host` makes an invitation and `guest` takes it. Throws CoveError as `create` does. */
  invite(host: SimPeer, guest: SimPeer, space: string, role: InvitableRole, mistakes = 0): void {
    if (!host.running) throw new ProcessDied(); // of what it has written a moment ago
    const replica = host.replica(space);
    if (replica === undefined) throw new CoveError('space-not-found');
    // Whoever only guesses goes on with a code that is about.
    const guessing = mistakes === Infinity;
    const lying = guessing ? host.engine.invitations.list(replica) : [];
    const open = lying.find(({ state }) => state === 'listening');
    const { code, authenticationCode } = open ?? host.engine.invitations.create(replica, { role });
    const digits = authenticationCode ?? '';
    this.secrets.push(code);
    if (!guessing) for (const what of ['', ` ${role}`]) this.given.add(`${guest.person} ${space}${what}`);
    const attempt = { host, guest, space, code, digits, mistakes, retries: RETRIES, life: -1, over: false };
    this.#attempts.push(attempt);
    this.#drive(attempt);
  }

  /** Goes on with what a crash of the guest has interrupted. */
  carryOn(): void {
    for (const attempt of this.#attempts) this.#drive(attempt);
  }

  #drive(attempt: Attempt): void {
    const { guest, code } = attempt;
    if (attempt.over || !guest.running || attempt.life === guest.lives) return;
    attempt.life = guest.lives;
    try {
      this.#type(attempt, guest.engine.invitations.accept(code).authenticate);
    } catch (error) {
      if (error instanceof ProcessDied) return;
      if (!(error instanceof CoveError)) throw error;
      this.#end(attempt, error.type);
    }
  }

  #type(attempt: Attempt, authenticate: (digits: string) => Promise<unknown>): void {
    const { digits, life, guest } = attempt;
    const right = attempt.mistakes <= 0;
    const typed = right ? digits : String((Number(digits) + attempt.mistakes) % 1_000_000).padStart(6, '0');
    authenticate(Number.isFinite(attempt.mistakes) ? typed : this.#guess(digits)).then(
      () => {
        if (!right) this.breach = `${guest.name} got in with a wrong code`;
        const { host, space } = attempt;
        this.admitted.push({ host, guest, space, at: this.#net.time });
        this.#ledger.letIn(guest, host, [space]);
        this.#end(attempt, 'joined');
      },
      (error: unknown) => {
        if (error instanceof ProcessDied || guest.lives !== life || !guest.running) return;
        const type = error instanceof CoveError ? error.type : String(error);
        this.#net.note(`${guest.name} typed: ${type}`);
        if (type === 'wrong-code') attempt.mistakes--;
        else if (type !== 'timeout' || --attempt.retries < 0) return this.#end(attempt, type);
        this.#type(attempt, authenticate);
      },
    );
  }

  #guess(digits: string): string {
    if (this.#toldDigits) return digits;
    const guess = String(this.#net.prng.u32() % 1_000_000).padStart(6, '0');
    return guess === digits ? '000000' : guess;
  }

  #end(attempt: Attempt, result: string): void {
    attempt.over = true;
    this.#net.note(`${attempt.guest.name} invitation ${result}`);
    this.#count(`invitation: ${result}`);
  }
}
