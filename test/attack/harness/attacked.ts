/** Ann’s invitation to Ben as attackers meet it, and how it ends for the two. */
import type { HostInvitation } from '../../../main/engine/invitation/invitation.ts';
import type { InvitationParts } from '../../../main/engine/invitation/parts.ts';
import type { Channel, Transport } from '../../../main/engine/ports.ts';
import { SimNet } from '../../engine/net/sim-net.ts';
import { person, type Person, type PersonOptions } from './people.ts';

export async function invited(hostOptions: PersonOptions = {}, guestOptions: PersonOptions = {}) {
  const net = new SimNet({ seed: 7 });
  const host = await person(net, 'ann-the-host', hostOptions);
  const guest = await person(net, 'ben-the-guest', guestOptions);
  const space = host.replicas.create();
  const invitation = host.invitations.create(space);
  return {
    net,
    host,
    guest,
    space,
    invitation,
    text: invitation.code,
    digits: invitation.authenticationCode as string,
  };
}

export const outcome = async (net: SimNet, promise: Promise<unknown>, ms = 200_000): Promise<string> =>
  net.complete(
    promise.then(
      () => 'joined',
      (error: { type: string }) => error.type,
    ),
    ms,
  );

export const another = (digits: string, i: number): string =>
  String((Number(digits) + 1 + i) % 1_000_000).padStart(6, '0');
export const hostSays = (host: Person): HostInvitation => host.invitations.list()[0] as HostInvitation;

/** Records what a person's channels send, as it goes over the wire. */
export const recorded =
  (wire: Uint8Array[], change: (channel: Channel) => Channel = (channel) => channel): PersonOptions['parts'] =>
  (parts: InvitationParts) => {
    const tap = (channel: Channel): Channel => ({
      localFingerprint: channel.localFingerprint,
      remoteFingerprint: channel.remoteFingerprint,
      send: (message) => (wire.push(message.slice()), channel.send(message)),
      buffered: () => channel.buffered(),
      onMessage: (fn) => channel.onMessage(fn),
      onClose: (fn) => channel.onClose(fn),
      close: () => channel.close(),
    });
    const transport: Transport = {
      connect: (options) => {
        const connecting = parts.transport.connect(options);
        return {
          accept: (signal) => connecting.accept(signal),
          channel: connecting.channel.then((channel) => change(tap(channel))),
          cancel: () => connecting.cancel(),
        };
      },
      close: () => parts.transport.close(),
    };
    return { ...parts, transport };
  };
