import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PeerConnection, type DataChannel } from 'node-datachannel';
import { afterEach, expect, test } from 'vitest';
import type { Channel, Transport } from '../../main/engine/ports.ts';
import { createWebRtcTransport } from './transport.ts';

let ours: Transport | undefined;
let theirs: PeerConnection | undefined;
afterEach(async () => {
  theirs?.close();
  theirs = undefined;
  await ours?.close();
});

/** Our listener against a bare libdatachannel peer that keeps to no rule of ours. */
async function openAgainst(
  label = 'cove',
  alterAnswer = (sdp: string): string => sdp,
  onError?: (error: unknown) => void,
): Promise<[Channel, DataChannel]> {
  ours = createWebRtcTransport({ bind: '127.0.0.1', ...(onError && { onError }) });
  const peer = new PeerConnection('hostile', { iceServers: [], bindAddress: '127.0.0.1' });
  theirs = peer;
  const connecting = ours.connect({
    initiator: false,
    onSignal: (signal) => {
      if (theirs !== peer) return;
      if (signal.type === 'candidate') early.push(() => peer.addRemoteCandidate(signal.candidate, signal.mid));
      else peer.setRemoteDescription(alterAnswer(signal.sdp), signal.type);
      if (peer.remoteDescription()) early.splice(0).forEach((add) => add());
    },
  });
  // Both sides' addresses wait for the answer, or DTLS may be through before its fingerprint is noted (connection.ts).
  const early: (() => void)[] = [];
  peer.onLocalDescription((sdp, type) => connecting.accept({ type: type as 'offer', sdp }));
  peer.onLocalCandidate((candidate, mid) => {
    const tell = () => connecting.accept({ type: 'candidate', candidate, mid });
    if (peer.remoteDescription()) tell();
    else early.push(tell);
  });
  const data = peer.createDataChannel(label);
  const opened = new Promise<void>((resolve) => data.onOpen(resolve));
  const channel = await connecting.channel;
  await opened;
  return [channel, data];
}

const closed = (channel: Channel): Promise<void> => new Promise((resolve) => channel.onClose(resolve));

test('a peer whose data channel has another name is not connected', async () => {
  await expect(openAgainst('chat')).rejects.toThrow();
});

test('a text message ends the channel', async () => {
  const [channel, data] = await openAgainst();
  const end = closed(channel);
  data.sendMessage('hello');
  await end;
});

test('a message over the announced maximum ends the channel and is not delivered', async () => {
  const [channel, data] = await openAgainst('cove', (sdp) =>
    sdp.replace(/max-message-size:\d+/, 'max-message-size:262144'),
  );
  const sizes: number[] = [];
  channel.onMessage((message) => sizes.push(message.length));
  const end = closed(channel);
  data.sendMessageBinary(new Uint8Array(65_536));
  data.sendMessageBinary(new Uint8Array(200_000));
  await end;
  expect(sizes).toEqual([65_536]);
});

test('a peer that floods before anybody listens is cut off', async () => {
  const [channel, data] = await openAgainst();
  const end = closed(channel);
  for (let i = 0; i < 20; i++) data.sendMessageBinary(new Uint8Array(65_536));
  await end;
});

test('a second data channel ends the connection', async () => {
  const [channel] = await openAgainst();
  const end = closed(channel);
  theirs?.createDataChannel('cove');
  await end;
});

test('a listener that throws ends its own channel and is told; the process lives on', async () => {
  const errors: unknown[] = [];
  const [channel, data] = await openAgainst(undefined, undefined, (error) => errors.push(error));
  const end = closed(channel);
  const thrown = new Error('broken listener');
  channel.onMessage(() => {
    throw thrown;
  });
  data.sendMessageBinary(Uint8Array.of(7));
  await end;
  expect(errors).toEqual([thrown]);
});

test('when the peer vanishes the channel closes', async () => {
  const [channel] = await openAgainst();
  const end = closed(channel);
  theirs?.close();
  await end;
});

test('a server whose address libdatachannel does not take costs nobody the connection', async () => {
  const bad = ['stun:', 'stun:[::1]:3478'];
  for (const server of bad) expect(() => new PeerConnection('', { iceServers: [server] }), server).toThrow();
  ours = createWebRtcTransport({ bind: '127.0.0.1', iceServers: () => bad });
  const second = createWebRtcTransport({ bind: '127.0.0.1' });
  const listener = second.connect({ initiator: false, onSignal: (signal) => initiator.accept(signal) });
  const initiator = ours.connect({ initiator: true, onSignal: (signal) => listener.accept(signal) });
  await Promise.all([initiator.channel, listener.channel]);
  await second.close();
});

test('a side that closes is released as soon as the other has read everything', async () => {
  ours = createWebRtcTransport({ bind: '127.0.0.1' });
  const second = createWebRtcTransport({ bind: '127.0.0.1' });
  const listener = second.connect({ initiator: false, onSignal: (signal) => initiator.accept(signal) });
  const initiator = ours.connect({ initiator: true, onSignal: (signal) => listener.accept(signal) });
  const [a, b] = await Promise.all([initiator.channel, listener.channel]);
  let received = 0;
  b.onMessage((message) => (received += message.length));
  for (let i = 0; i < 16; i++) a.send(new Uint8Array(65_536));
  const start = performance.now();
  const end = closed(b);
  a.close();
  await end;
  expect(performance.now() - start).toBeLessThan(700);
  expect(received).toBe(16 * 65_536);
  await second.close();
});

test('closing one transport leaves the connections of another alone', async () => {
  const [channel, data] = await openAgainst();
  const other = createWebRtcTransport({ bind: '127.0.0.1' });
  await other.close();
  const heard = new Promise<Uint8Array>((resolve) => channel.onMessage(resolve));
  data.sendMessageBinary(Uint8Array.of(5));
  expect(await heard).toEqual(Uint8Array.of(5));
});

test('a channel survives garbage collection, though nobody here keeps its connection', async () => {
  const [channel, data] = await openAgainst();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const heard = new Promise<Uint8Array>((resolve) => channel.onMessage(resolve));
  data.sendMessageBinary(Uint8Array.of(6));
  expect(await heard).toEqual(Uint8Array.of(6));
});
