/**
 * Somebody whose Cove is flooded with connections that are begun and never finished. Everything of his is real but the
 * network, which counts what the engine holds of it, and how long it takes over each signal.
 */
import { inviteKeys, topic as topicName } from '../../../main/engine/crypto/keys.ts';
import { decodeCode } from '../../../main/engine/invitation/code.ts';
import { createInvitations } from '../../../main/engine/invitation/invitations.ts';
import { Relays } from '../../../main/engine/mesh/relays.ts';
import type { Invitations } from '../../../main/engine/invitation/invitations.ts';
import type { SignalKey } from '../../../main/engine/invitation/signals.ts';
import type { SignalSeal } from '../../../main/engine/mesh/signals.ts';
import type { Channel, Rendezvous, Transport } from '../../../main/engine/ports.ts';
import { SimNet } from '../../engine/net/sim-net.ts';
import { TestDevice } from '../../engine/sync/devices.ts';

/** The flood's end of the person's topics, and of his transport. */
export class Front {
  /** Connections that were asked for and neither given up nor closed. */
  held = 0;
  most = 0;
  opened = 0;
  /** Of the thread's own time, in milliseconds: one signal at most, and all together. */
  longest = 0;
  spent = 0;
  readonly #heard = new Map<string, (bytes: Uint8Array) => void>();
  /** Hears what the person's Cove says. */
  said: (topic: string, bytes: Uint8Array) => void = () => undefined;

  signal(topic: string, bytes: Uint8Array): void {
    const start = threadTime();
    this.#heard.get(topic)?.(bytes);
    const took = threadTime() - start;
    this.longest = Math.max(this.longest, took);
    this.spent += took;
  }

  rendezvous(real: Rendezvous): Rendezvous {
    return {
      open: (topic, onMessage) => {
        if (onMessage) this.#heard.set(topic, onMessage);
        const opened = real.open(topic, onMessage);
        const send = (bytes: Uint8Array): void => {
          this.said(topic, bytes);
          opened.send(bytes);
        };
        return { send, close: () => opened.close() };
      },
      health: () => real.health(),
      onHealth: (fn) => real.onHealth(fn),
      use: (url, source) => real.use(url, source),
      retry: () => real.retry(),
      close: () => real.close(),
    };
  }

  transport(real: Transport): Transport {
    return {
      connect: (options) => {
        const connecting = real.connect(options);
        this.most = Math.max(this.most, ++this.held);
        this.opened++;
        let counted = true;
        const gone = (): void => {
          if (counted) this.held--;
          counted = false;
        };
        const open = (channel: Channel): Channel => {
          channel.onClose(gone);
          return channel;
        };
        return {
          accept: (signal) => connecting.accept(signal),
          channel: connecting.channel.then(open),
          cancel: () => {
            gone();
            connecting.cancel();
          },
        };
      },
      close: () => real.close(),
    };
  }
}

export interface Besieged {
  readonly net: SimNet;
  readonly front: Front;
  readonly host: TestDevice;
  readonly friend: TestDevice;
  /** Holds the space's keys, and runs a program of his own. */
  readonly member: TestDevice;
  /** A friend who is away until he is started. */
  readonly late: TestDevice;
  readonly key: string;
  readonly seal: SignalSeal;
  /** What the holder of the invitation's code signs on with. */
  readonly code: SignalKey;
  readonly invitations: Invitations;
  readonly close: () => void;
}

/** A host and a friend who are connected, a member who is not, and an open invitation. */
export async function besieged(seed: number): Promise<Besieged> {
  const net = new SimNet({ seed });
  const front = new Front();
  const ports = () => {
    const real = net.ports('host');
    return { ...real, rendezvous: front.rendezvous(real.rendezvous), transport: front.transport(real.transport) };
  };
  const host = new TestDevice('host', ports);
  const other = (name: string) => new TestDevice(name, () => net.ports(name));
  const [friend, member, late] = [other('friend'), other('member'), other('late')];
  for (const device of [host, friend, member, late]) await device.start();
  member.mesh.stop();
  late.mesh.stop();
  const space = host.replicas.create();
  const { key } = space;
  host.invite(friend, key);
  host.invite(member, key);
  host.invite(late, key);
  const { storage, identity } = host.profile;
  const { replicas } = host;
  const world = ports();
  const relays = new Relays(world);
  const invitations = createInvitations({ ...world, relays, storage, replicas, identity, log: () => undefined });
  const code = decodeCode(invitations.create(space).code);
  const { signalKey, topic } = inviteKeys(code.secret, code.pkHash);
  await net.runUntil(() => host.state(key) === friend.state(key), 60_000);
  const epoch = host.replica(key).epoch();
  const today = topicName(epoch.discovery, Math.floor(net.clock('host').now() / 86_400_000));
  return {
    ...{ net, front, host, friend, member, late, key, invitations },
    seal: { topic: today, signalKey: epoch.signalKey, keyId: epoch.keyId },
    code: { key: signalKey, topic },
    close: () => {
      invitations.close();
      for (const device of [host, friend, member, late]) device.remove();
    },
  };
}

/** Milliseconds of this thread's own time: a machine that is busy with other things makes nobody slow. */
export function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
