import { afterEach, describe, expect, test } from 'vitest';
import type { Transport, TransportSignal } from '../../main/engine/ports.ts';
import { createWebRtcTransport } from '../../native/webrtc/transport.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { transportChecks, type TransportWorld } from './transport.suite.ts';
import { inReality, inSimulation } from './worlds.ts';

function simulated(wrap: (transport: Transport) => Transport = (transport) => transport): TransportWorld {
  const net = new SimNet({ seed: 1, bytesPerMs: 5_000 });
  const [one, other] = [wrap(net.transport('ann')), wrap(net.transport('ben'))];
  return {
    one,
    other,
    ...inSimulation(net),
    tamper: (signal) => altered(signal, (sdp) => sdp.replace(/..$/, (last) => (last === '00' ? '01' : '00'))),
    close: async () => undefined,
  };
}

function webRtc(): TransportWorld {
  const [one, other] = [createWebRtcTransport({ bind: '127.0.0.1' }), createWebRtcTransport({ bind: '127.0.0.1' })];
  return {
    one,
    other,
    ...inReality,
    tamper: (signal) =>
      altered(signal, (sdp) =>
        sdp.replace(/(sha-256 )(..)/, (_, label: string, first: string) => label + (first === '00' ? '01' : '00')),
      ),
    async close() {
      await one.close();
      await other.close();
    },
  };
}

function altered(signal: TransportSignal, alter: (sdp: string) => string): TransportSignal {
  return signal.type === 'candidate' ? signal : { ...signal, sdp: alter(signal.sdp) };
}

const worlds = { 'the simulated transport': simulated, 'WebRTC data channels': webRtc };

for (const [name, build] of Object.entries(worlds)) {
  describe(name, () => {
    let world: TransportWorld | undefined;
    afterEach(() => world?.close());
    for (const [sentence, check] of Object.entries(transportChecks)) {
      test(sentence, async () => {
        world = build();
        await check(world);
      });
    }
  });
}

/** Changes the channels of a transport. */
function channels(alter: (channel: Channel) => Channel): (good: Transport) => Transport {
  return (good) => ({
    ...good,
    connect: (options) => {
      const connecting = good.connect(options);
      return {
        accept: (signal) => connecting.accept(signal),
        cancel: () => connecting.cancel(),
        channel: connecting.channel.then(alter),
      };
    },
  });
}
type Channel = Awaited<ReturnType<Transport['connect']>['channel']>;

/** A channel with some of its functions replaced. */
function changed(channel: Channel, changes: Partial<Channel>): Channel {
  return {
    localFingerprint: channel.localFingerprint,
    remoteFingerprint: channel.remoteFingerprint,
    send: (message) => channel.send(message),
    buffered: () => channel.buffered(),
    onMessage: (fn) => channel.onMessage(fn),
    onClose: (fn) => channel.onClose(fn),
    close: () => channel.close(),
    ...changes,
  };
}

const broken: readonly { fault: string; wrap: (good: Transport) => Transport; noticedBy: string }[] = [
  {
    fault: 'shows the same fingerprint on both sides',
    wrap: channels((channel) => changed(channel, { remoteFingerprint: channel.localFingerprint })),
    noticedBy: 'each side sees its own fingerprint and the other’s, 32 bytes each',
  },
  {
    fault: 'loses empty messages',
    wrap: channels((channel) =>
      changed(channel, { send: (message) => (message.length > 0 ? channel.send(message) : undefined) }),
    ),
    noticedBy: 'messages of every size arrive whole, once and in order, both ways',
  },
  {
    fault: 'never tells that it closed',
    wrap: channels((channel) => changed(channel, { onClose: () => undefined })),
    noticedBy: 'what was sent before closing still arrives, then both sides are told once',
  },
  {
    fault: 'does not count what waits',
    wrap: channels((channel) => changed(channel, { buffered: () => 0 })),
    noticedBy: 'buffered grows with what waits and falls to nothing',
  },
  {
    fault: 'ignores malformed signals',
    wrap: (good) => ({
      ...good,
      connect: (options) => ({ ...good.connect(options), accept: () => undefined, cancel: () => undefined }),
    }),
    noticedBy: 'a malformed signal fails its connection and throws nothing',
  },
];

test.each(broken)('a transport that $fault does not pass', async ({ wrap, noticedBy }) => {
  const check = transportChecks[noticedBy] as (world: TransportWorld) => Promise<void>;
  await expect(check(simulated(wrap))).rejects.toThrow();
});
