/**
 * Somebody who holds an invitation code and says what he likes: the protocol's real parts without the state machines
 * that keep honest people to it. `heard` is every byte the other side said, decrypted.
 */
import { utf8 } from '../../../main/engine/bytes.ts';
import { inviteKeys } from '../../../main/engine/crypto/keys.ts';
import { decodeCode, flagsOf } from '../../../main/engine/invitation/code.ts';
import { GuestMeeting } from '../../../main/engine/invitation/guest-meeting.ts';
import { openLink, type Link } from '../../../main/engine/invitation/link.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../main/engine/invitation/messages.ts';
import { Relays } from '../../../main/engine/mesh/relays.ts';
import { PakeAttempt } from '../../../main/engine/invitation/pake.ts';
import type { SimNet } from '../../engine/net/sim-net.ts';

export interface Intruder {
  readonly link: Link;
  readonly hostPk: Uint8Array;
  readonly invId: Uint8Array;
  readonly heard: Uint8Array[];
  readonly say: (message: Message) => void;
  /** The next message, or null after 20 virtual seconds or at the end. */
  readonly hear: () => Promise<Message | null>;
}

/** Reaches the host as any holder of the code can; null when the host does not talk to him. */
export async function intrude(net: SimNet, name: string, text: string): Promise<Intruder | null> {
  const code = decodeCode(text);
  const keys = inviteKeys(code.secret, code.pkHash);
  const ports = net.ports(name);
  const { clock, random } = ports;
  let found: Intruder | null | undefined;
  const meeting = new GuestMeeting({
    ...ports,
    relays: new Relays(ports),
    relaySecret: keys.relay,
    signal: { key: keys.signalKey, topic: keys.topic },
    pkHash: code.pkHash,
    onFound: () => undefined,
    onImpostor: () => undefined,
    onLost: () => undefined,
    onBye: () => (found = null),
    onChannel: (channel, hostPk, kind) => {
      openLink({
        ...{ channel, kind, keys, flags: flagsOf(code), host: { pk: hostPk }, clock, random },
        onOpen: (link) => (found = talk(net, link, hostPk, keys.invId)),
        onFail: () => (found = null),
      });
    },
  });
  await net.runUntil(() => found !== undefined, 3_000).catch(() => undefined);
  meeting.close();
  return found ?? null;
}

export function talk(net: SimNet, link: Link, hostPk: Uint8Array, invId: Uint8Array): Intruder {
  const heard: Uint8Array[] = [];
  let read = 0;
  link.secure.onMessage((_logical, bytes) => heard.push(bytes));
  return {
    ...{ link, hostPk, invId, heard },
    say: (message) => link.secure.send(0, encodeMessage(message)),
    hear: async () => {
      await net.runUntil(() => heard.length > read || link.secure.closed, 20_000).catch(() => undefined);
      const bytes = heard[read++];
      return bytes ? decodeMessage(bytes) : null;
    },
  };
}

/** One guess; what the host answered to the proof, or null. */
export async function guess(net: SimNet, intruder: Intruder, digits: string, attempt = 1): Promise<Message | null> {
  const { link, hostPk, invId } = intruder;
  const random = net.random('guesser');
  const pake = new PakeAttempt({ side: 'guest', code: utf8(digits), invId, hostPk, h: link.h, attempt, random });
  intruder.say({ type: 'PakeA', attempt, ...pake.own });
  const answer = await intruder.hear();
  if (answer?.type !== 'PakeB' || !pake.meet(answer)) return answer;
  intruder.say({ type: 'PakeOkA', tag: pake.tag });
  return intruder.hear();
}

/** Whether `needle` occurs in any of the byte strings. */
export function occurs(needle: Uint8Array, where: readonly Uint8Array[]): boolean {
  const text = Buffer.from(needle);
  return where.some((bytes) => Buffer.from(bytes).includes(text));
}
