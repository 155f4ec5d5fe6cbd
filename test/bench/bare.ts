/**
 * A program: the floors of ways.ts, a connection of each kind with nothing of Cove's above it. The host waits for the
 * guest and sends it one message; the guest tells when that has come. `channels` tells what data channels take of memory.
 *
 *   node bare.ts lan|direct|turn|relayed host|guest <address of the host>      COVE_MEETING_POINTS STUN_SERVERS COVE_TURN_SERVERS
 *   node bare.ts channels <how many>
 */
import { writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { connectAsync } from 'mqtt';
import { parseTurnServers } from '../../main/client/turn-address.ts';
import type { Channel, Transport, TransportSignal } from '../../main/engine/ports.ts';
import { createWebRtcTransport } from '../../native/webrtc/transport.ts';

const PORT = 46_000;
const [kind = '', role = '', address = ''] = process.argv.slice(2);
const tell = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const list = (name: string): string[] => (process.env[name] ?? '').split(',').filter((url) => url !== '');

if (kind === 'channels') await channels(Number(role));
else if (kind === 'lan') lan();
else await byBroker();

function lan(): void {
  if (role === 'guest') return void connect(PORT, address).once('data', () => tell({ seen: true }));
  createServer((socket) => socket.end('here')).listen(PORT, () => tell({ ready: true }));
}

/** Both speak on a topic of their own; by way of that they find each other, or that is all. */
async function byBroker(): Promise<void> {
  const [url = ''] = list('COVE_MEETING_POINTS');
  const client = await connectAsync(url);
  const [mine, theirs] = role === 'host' ? ['bare/host', 'bare/guest'] : ['bare/guest', 'bare/host'];
  await client.subscribeAsync(mine);
  const say = (what: unknown): void => void client.publish(theirs, JSON.stringify(what));
  const { usable } = parseTurnServers(list('COVE_TURN_SERVERS'));
  const transport = createWebRtcTransport({ iceServers: () => list('STUN_SERVERS'), turnServers: () => usable });
  const connecting =
    kind === 'relayed'
      ? undefined
      : transport.connect({ initiator: role === 'guest', onSignal: (signal) => say(signal) });
  client.on('message', (_, bytes) => {
    const said = JSON.parse(bytes.toString()) as TransportSignal | 'hello' | 'here';
    if (said === 'hello') say('here');
    else if (said === 'here') tell({ seen: true });
    else connecting?.accept(said);
  });
  void connecting?.channel.then((channel) => {
    if (role === 'host') channel.send(new Uint8Array(1));
    else channel.onMessage(() => tell({ seen: true }));
  });
  if (role === 'host') tell({ ready: true });
  else if (kind === 'relayed') say('hello');
}

/** Both ends of each are here. */
async function channels(count: number): Promise<void> {
  const [one, other] = [createWebRtcTransport({ bind: '127.0.0.1' }), createWebRtcTransport({ bind: '127.0.0.1' })];
  const open: Channel[] = [...(await pair(one, other))];
  const before = process.memoryUsage().rss;
  for (let i = 0; i < count; i++) open.push(...(await pair(one, other)));
  tell({ bytes: (process.memoryUsage().rss - before) / (2 * count), ends: open.length });
  await one.close();
  await other.close();
}

async function pair(one: Transport, other: Transport): Promise<[Channel, Channel]> {
  const early: TransportSignal[] = [];
  const answering: { side?: ReturnType<Transport['connect']> } = {};
  const calling = one.connect({
    initiator: true,
    onSignal: (signal) => void (answering.side?.accept(signal) ?? early.push(signal)),
  });
  answering.side = other.connect({ initiator: false, onSignal: (signal) => calling.accept(signal) });
  for (const signal of early.splice(0)) answering.side.accept(signal);
  return Promise.all([calling.channel, answering.side.channel]);
}
