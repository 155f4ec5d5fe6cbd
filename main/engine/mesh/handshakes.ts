/** Fresh channels on their way to being sessions: who may prove what on them, and how many there are. */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { MeetingKeys, Replica } from '../echo/replica.ts';
import type { Identity } from '../halo/identity.ts';
import type { Channel, Clock, Log, Random } from '../ports.ts';
import type { Diary } from './diary.ts';
import { greet } from './greet.ts';
import type { Proven, TopicKind } from './handshake.ts';
import type { LinkKind } from './link-kind.ts';
import type { SecureChannel } from './secure-channel.ts';
import type { Caller } from './signalling.ts';
import { standing } from './standing.ts';

export interface HandshakesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly identity: Pick<Identity, 'deviceId' | 'keys'>;
  readonly instance: Uint8Array;
  readonly replicas: () => readonly Replica[];
  readonly diary: Diary;
  /** Devices that are not talked to for now, whatever they prove. */
  readonly banned: (device: Hex) => boolean;
  readonly onProven: (peer: Proven, secure: SecureChannel, side: 'dialer' | 'listener', greeting: Greeting) => void;
}

export interface Greeting {
  readonly initiator: boolean;
  readonly topicKind: TopicKind;
  readonly kind: LinkKind;
  readonly replica: Replica;
  readonly epoch: MeetingKeys;
  /** Who was found in signalling; it must be the one who proves itself. */
  readonly caller?: Caller;
  /** How it ended: with whom, or undefined when nobody was accepted. */
  readonly ended?: (device: Hex | undefined) => void;
}

export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #running = new Set<{ giveUp: () => void }>();

  constructor(options: HandshakesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#running.size;
  }

  stop(): void {
    for (const { giveUp } of [...this.#running]) giveUp();
  }

  begin(channel: Channel, greeting: Greeting): void {
    const { initiator, topicKind, kind, replica, epoch, caller, ended } = greeting;
    const { clock, random, log, identity, instance, diary, onProven } = this.#options;
    // A step towards a direct connection: through a meeting point it is not.
    const tells = caller && kind !== 'relayed';
    if (tells) diary.note(caller.key, 'reached');
    // Counted from the first moment; a handshake may fail before `greet` returns.
    const running = { giveUp: (): void => undefined };
    this.#running.add(running);
    running.giveUp = greet({
      channel,
      initiator,
      topicKind,
      psk: epoch.sessionPsk,
      self: { deviceId: identity.deviceId, instance, noise: identity.keys.noise },
      random,
      clock,
      log,
      judge: (deviceId, noisePk) => this.#judge(toHex(deviceId), noisePk, replica, epoch, caller),
      onProven: (peer, secure) => {
        this.#running.delete(running);
        ended?.(toHex(peer.deviceId));
        onProven(peer, secure, initiator ? 'dialer' : 'listener', greeting);
      },
      onFailed: () => {
        this.#running.delete(running);
        if (tells) diary.note(caller.key, 'refused');
        ended?.(undefined);
      },
    });
  }

  #judge(device: Hex, noisePk: Uint8Array, replica: Replica, epoch: MeetingKeys, caller: Caller | undefined): boolean {
    if (caller ? caller.key !== device : this.#options.banned(device)) return false;
    // One certificate is enough to unmask a copied device id.
    const stands = this.#options.replicas().map((space) => standing(space, device, noisePk));
    if (stands.includes('impostor')) return false;
    // A stranger may show that he was admitted, if he holds the epoch that a removed member does not.
    return stands.includes('member') || equal(epoch.keyId, replica.epoch().keyId);
  }
}
