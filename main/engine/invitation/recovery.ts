/**
 * Own devices find one another after a recovery (protocol §2, §5.4). The phrase gives `haloRecovery`, which every own
 * device holds: from it follow, for each day, a topic, the keys of its signals and the answering side's Noise key. So
 * this is an invitation's meeting and handshake without code and digits. The recovered device shows the root's word for
 * it and gets the halo space; from there on it is a device like the others.
 *
 * A device that was stolen knows `haloRecovery` too. It cannot come in as a new device: that takes the root's signature
 * and the key it names. Nor can it listen in: each connection has its own keys. It could answer in another's place,
 * with what it had before it was removed; whom else the recovered device meets tells it of the removal.
 */
import { equal, toHex } from '../bytes.ts';
import { recoveryKeys } from '../crypto/keys.ts';
import { sign, verify } from '../crypto/sign.ts';
import { eachDay } from '../each-day.ts';
import type { Replica } from '../echo/replica.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { Identity } from '../halo/identity.ts';
import type { Cancel } from '../ports.ts';
import { Flow } from './flow.ts';
import { GuestMeeting } from './guest-meeting.ts';
import { HostMeeting } from './host-meeting.ts';
import { admitStatement } from './host.ts';
import type { Adopted } from './invitation.ts';
import { LIMITS } from './limits.ts';
import { handOver, openLink } from './link.ts';
import type { Link } from './link.ts';
import { GrantParts } from './grant-parts.ts';
import { grantMessages } from './messages.ts';
import type { GrantLetter, Message } from './messages.ts';
import type { MeetingParts } from './parts.ts';
import { receive, send } from './wire.ts';

export interface RecoveryOptions {
  readonly parts: MeetingParts;
  readonly identity: Pick<Identity, 'identityId' | 'deviceId' | 'keys' | 'chain' | 'state' | 'learn' | 'revoked'>;
  /** A copy each time. */
  readonly haloRecovery: () => Uint8Array;
  /** The halo space's grant, with the identity's chain. */
  readonly letter: () => GrantLetter;
  /** Joins the halo space of another own device; the space to go on with. Throws CoveError. */
  readonly join: (letter: GrantLetter) => Replica;
  readonly adopt: (adopted: Adopted) => void;
  /** Where this device is looking itself: it answers others that look at the same place, and never itself. */
  readonly looking: Set<GuestMeeting>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** There is no code here, so none of its key either. */
const NO_ISK = new Uint8Array(16);
const FLAGS = 0;

/** Answers recovered devices, yesterday's and tomorrow's by their clocks as well, until it is closed. */
export function awaitRecovered(options: RecoveryOptions): Cancel {
  const { clock } = options.parts;
  let meetings: HostMeeting[] = [];
  const open = (): void => {
    for (const meeting of meetings) meeting.close();
    const today = Math.floor(clock.now() / DAY);
    meetings = [today - 1, today, today + 1].map((day) => hostMeeting(options, day));
  };
  open();
  const cancel = eachDay(clock, open);
  return () => {
    cancel();
    for (const meeting of meetings) meeting.close();
  };
}

/** Looks for another own device until one has answered, then calls `onFound`. */
export function findOwnDevices(options: RecoveryOptions, onFound: () => void): Cancel {
  const { parts } = options;
  let meeting: GuestMeeting | undefined;
  let lookedFor = 0;
  let timer: Cancel = () => undefined;
  let over = false;
  const today = (): number => Math.floor(parts.clock.now() / DAY);
  const again = (): void => {
    if (!over) timer = parts.clock.after(LIMITS.retry, look);
  };
  const look = (): void => {
    const secret = options.haloRecovery();
    lookedFor = today();
    const keys = recoveryKeys(secret, lookedFor);
    secret.fill(0);
    const guest = new GuestMeeting({
      ...parts,
      signal: { key: keys.signalKey, topic: keys.topic },
      pkHash: keys.pkHash,
      relaySecret: keys.relay,
      ...{ onFound: () => undefined, onLost: () => undefined, onImpostor: () => undefined, onBye: () => undefined },
      onChannel: (channel, _hostPk, kind) => {
        close();
        const { clock, random } = parts;
        openLink({
          ...{ channel, kind, keys, flags: FLAGS, host: { pk: keys.host.pk }, clock, random, onFail: again },
          onOpen: (link) => askForHalo(options, keys.invId, link, (found) => (found ? onFound() : again())),
        });
      },
    });
    meeting = guest;
    options.looking.add(guest);
  };
  const close = (): void => {
    if (meeting === undefined) return;
    meeting.close();
    options.looking.delete(meeting);
    meeting = undefined;
  };
  // Whoever comes days later listens to the days around his own.
  let newDay: Cancel = () => undefined;
  const follow = (): void => {
    newDay = parts.clock.after(HOUR, () => {
      if (meeting !== undefined && today() !== lookedFor) {
        close();
        look();
      }
      follow();
    });
  };
  look();
  follow();
  return () => {
    over = true;
    timer();
    newDay();
    close();
  };
}

function hostMeeting(options: RecoveryOptions, day: number): HostMeeting {
  const { parts } = options;
  const { clock, random } = parts;
  const secret = options.haloRecovery();
  const keys = recoveryKeys(secret, day);
  secret.fill(0);
  let talking = 0;
  const meeting: HostMeeting = new HostMeeting({
    ...parts,
    signal: { key: keys.signalKey, topic: keys.topic },
    hostPk: keys.host.pk,
    ended: () => null,
    isOwn: (nG) => [...options.looking].some((guest) => guest.says(nG)),
    relaySecret: keys.relay,
    makeRoom: () => talking + meeting.halfOpen < LIMITS.connections,
    onChange: () => undefined,
    onChannel: (channel, kind, chosen) => {
      openLink({
        ...{ channel, kind, keys, flags: FLAGS, host: keys.host, clock, random, onFail: () => undefined },
        onOpen: (link) => {
          chosen();
          talking++;
          channel.onClose(() => talking--);
          giveHalo(options, keys.invId, link);
        },
      });
    },
  });
  return meeting;
}

// ---------------------------------------------------------------- what is said

/** AdmitReq → AdmitGrant… → AdmitAck, as in an invitation; each message within 15 s. */
function giveHalo(options: RecoveryOptions, invId: Uint8Array, link: Link): void {
  const { parts, adopt } = options;
  const { secure, h } = link;
  const flow = new Flow(link, parts.clock);
  let letter: GrantLetter | null = null;
  const limit = flow.wait(
    LIMITS.messageWait * 2,
    () => letter !== null,
    () => secure.close(),
  );
  secure.onClose(() => flow.end());
  receive(secure, (message) => {
    if (message?.type === 'AdmitReq' && !letter) {
      letter = isRecovered(options, message, h, invId) ? options.letter() : null;
      if (letter) return grantMessages(letter).forEach((part) => flow.send(part));
    } else if (message?.type === 'AdmitAck' && letter) {
      limit();
      const space = options.join(letter);
      return adopt({ ...handOver(link, parts.relays), initiator: false, space });
    }
    limit();
    secure.close();
  });
}

/** Its chain is of this identity and names it by the root; it signed for this very channel. Takes the chain over. */
function isRecovered(
  { identity }: RecoveryOptions,
  { chain, deviceId, sig }: Extract<Message, { type: 'AdmitReq' }>,
  h: Uint8Array,
  invId: Uint8Array,
): boolean {
  if (!verify(deviceId, sig, admitStatement(h, NO_ISK, invId))) return false;
  const state = verifyChain(chain);
  if (state instanceof ChainFault || !equal(state.identityId, identity.identityId)) return false;
  identity.learn(chain);
  return identity.state().devices.get(toHex(deviceId))?.revoked === false && !identity.revoked();
}

function askForHalo(options: RecoveryOptions, invId: Uint8Array, link: Link, onEnd: (found: boolean) => void): void {
  const { identity, parts, adopt } = options;
  const { keys, deviceId } = identity;
  const { secure, h } = link;
  const pieces = new GrantParts();
  let over = false;
  const end = (found: boolean): void => {
    if (over) return;
    over = true;
    limit();
    if (!found) secure.close();
    onEnd(found);
  };
  const fail = (): void => end(false);
  const limit = new Flow(link, parts.clock).wait(LIMITS.messageWait * 2, () => true, fail);
  const sig = sign(keys.sign.sk, admitStatement(h, NO_ISK, invId));
  receive(secure, (message) => {
    if (message?.type !== 'AdmitGrant') return fail();
    const letter = pieces.take(message);
    if (letter === undefined) return;
    const space = letter && joined(options, letter);
    if (!space) return fail();
    send(secure, { type: 'AdmitAck' });
    adopt({ ...handOver(link, parts.relays), initiator: true, space });
    end(true);
  });
  // Whoever does not answer closes: another one may.
  secure.onClose(fail);
  send(secure, { type: 'AdmitReq', chain: [...identity.chain()], deviceId, sig });
}

function joined({ identity, join, parts }: RecoveryOptions, letter: GrantLetter): Replica | null {
  if (!letter.link) return null;
  identity.learn(letter.link.chain);
  if (identity.state().devices.get(toHex(letter.host))?.revoked !== false) return null;
  try {
    return join(letter);
  } catch (error) {
    parts.log('recovery-refused', { error: String(error) });
    return null;
  }
}
