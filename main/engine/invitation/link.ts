/**
 * From a fresh channel to a secure one: Noise NKpsk0 with the guest as initiator (protocol §3.2 N1, N2). The host
 * proves the key that the code commits to, the guest proves the code's secret, and both prove that they see the
 * same two DTLS certificates and the same flags: whoever stands in the middle, or changed the code, ends here. Through a
 * meeting point there are no certificates, and so no handshake of one way is one of the other.
 */
import { concat, lp, utf8 } from '../bytes.ts';
import type { InviteKeys } from '../crypto/keys.ts';
import { LABEL } from '../crypto/labels.ts';
import { NoiseHandshake } from '../crypto/noise.ts';
import type { KeyPair } from '../crypto/sign.ts';
import type { Relays } from '../mesh/relays.ts';
import { SecureChannel } from '../mesh/secure-channel.ts';
import type { Channel, Clock, Random } from '../ports.ts';
import { LIMITS } from './limits.ts';

/** The ways on which two who meet by an invitation are connected: a data channel, or through the meeting point. */
export type WayKind = 'direct' | 'relayed';

export interface Link {
  readonly secure: SecureChannel;
  /** What it stands on. */
  readonly channel: Channel;
  readonly kind: WayKind;
  /** The handshake hash h: names this channel. */
  readonly h: Uint8Array;
}
export interface LinkOptions {
  readonly channel: Channel;
  readonly kind: WayKind;
  readonly keys: InviteKeys;
  /** As in the code, whatever the peer may say. */
  readonly flags: number;
  /** The host's pair on the host's side; its public half, already checked against the code, on the guest's. */
  readonly host: KeyPair | { readonly pk: Uint8Array };
  readonly clock: Clock;
  readonly random: Random;
  readonly onOpen: (link: Link) => void;
  /** 'closed': the channel went away or said nothing in time. 'rejected': the other side lacks a key, or somebody is in between. */
  readonly onFail: (why: 'closed' | 'rejected') => void;
}

const NOTHING = new Uint8Array(0);

/** Calls exactly one of `onOpen` and `onFail`, once. On failure the channel is closed. */
export function openLink(options: LinkOptions): void {
  const { channel, kind, host, clock, random } = options;
  const isHost = 'sk' in host;
  const noise = new NoiseHandshake({
    pattern: 'NKpsk0',
    initiator: !isHost,
    prologue: prologueOf(options, isHost),
    psk: options.keys.psk,
    ...(isHost ? { s: host } : { rs: host.pk }),
    random,
  });
  let over = false;
  const cancelTimer = clock.after(LIMITS.messageWait, () => fail('closed'));
  const fail = (why: 'closed' | 'rejected'): void => {
    if (over) return;
    over = true;
    cancelTimer();
    channel.close();
    options.onFail(why);
  };
  channel.onClose(() => fail('closed'));
  channel.onMessage((message) => {
    if (over) return;
    try {
      if (message.length > LIMITS.handshakeMessage || noise.read(message).length > 0) return fail('rejected');
    } catch {
      return fail('rejected');
    }
    const reply = noise.done ? null : noise.write(NOTHING);
    over = true;
    cancelTimer();
    const secure = new SecureChannel(channel, { ...noise.split(), clock });
    const link = { h: noise.hash.slice(), secure, channel, kind };
    if (reply) channel.send(reply); // after the secure channel listens, so that not even an instant answer is missed
    options.onOpen(link);
  });
  if (!isHost) channel.send(noise.write(NOTHING));
}

/** Gives the channel to the member session that goes on with it. */
export function handOver({ secure, channel, kind }: Link, relays: Relays): { channel: Channel; kind: WayKind } {
  relays.admit(channel);
  return { channel: secure.release(), kind };
}

function prologueOf({ channel, keys, flags }: LinkOptions, isHost: boolean): Uint8Array {
  const [guest, host] = isHost
    ? [channel.remoteFingerprint, channel.localFingerprint]
    : [channel.localFingerprint, channel.remoteFingerprint];
  return concat(utf8(LABEL.invitePrologue), keys.invId, lp(guest), lp(host), Uint8Array.of(flags));
}
