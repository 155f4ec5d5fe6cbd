/**
 * A program: a meeting point that lies, and a spy at one that does not. Of what is sent to it, it loses every fourth message,
 * garbles one, passes one on again and again, and sends one to everybody else as well; and now and then it says things of its
 * own on every topic it knows of. At the other meeting point it listens to everything, by wildcard, and repeats that there
 * once as it was and once garbled.
 *
 *   node lying-broker.ts <address> <port> <url of the other meeting point>
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { Aedes, type PublishPacket } from 'aedes';
import { connect } from 'mqtt';

const [address = '', port = '', other = ''] = process.argv.slice(2);
const MOST = 500;
const said: { readonly topic: string; readonly payload: Buffer }[] = [];
const topics = new Set<string>();
let turn = 0;

function keep(topic: string, payload: Buffer): void {
  topics.add(topic);
  said.push({ topic, payload: Buffer.from(payload) });
  if (said.length > MOST) said.shift();
}

function garbled(payload: Buffer): Buffer {
  const copy = Buffer.from(payload);
  if (copy.length > 0) copy.writeUInt8(copy.readUInt8(turn % copy.length) ^ 0x55, turn % copy.length);
  return copy;
}

const broker = await Aedes.createBroker({
  authorizeSubscribe(_client, subscription, done) {
    topics.add(subscription.topic);
    done(null, subscription);
  },
  authorizePublish(_client, packet: PublishPacket, done) {
    const payload = Buffer.from(packet.payload);
    keep(packet.topic, payload);
    switch (turn++ % 4) {
      case 0:
        packet.topic = 'lost';
        break;
      case 1:
        packet.payload = garbled(payload);
        break;
      case 2:
        for (const wait of [10, 500, 3_000]) setTimeout(() => say(packet.topic, payload), wait);
        break;
      default:
        for (const topic of [...topics].slice(-20)) say(topic, payload);
    }
    done();
  },
});

function say(topic: string, payload: Buffer): void {
  broker.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, () => undefined);
}

setInterval(() => {
  const old = said[turn++ % Math.max(1, said.length)];
  for (const topic of [...topics].slice(-20))
    say(topic, old === undefined || turn % 2 === 0 ? randomBytes(512) : old.payload);
}, 200);

const server = createServer((socket) => broker.handle(socket));
server.listen(Number(port), address, () => process.stdout.write('lying\n'));

/** What came from here itself is not repeated. */
const own = new Set<string>();
const fingerprint = (topic: string, payload: Buffer): string =>
  createHash('sha256').update(`${topic}\n`).update(payload).digest('hex');
const spy = connect(other);
spy.on('error', () => undefined);
spy.on('connect', () => spy.subscribe('#'));
spy.on('message', (topic, payload) => {
  keep(topic, payload);
  if (own.has(fingerprint(topic, payload))) return;
  for (const repeated of [payload, garbled(payload)]) {
    own.add(fingerprint(topic, repeated));
    setTimeout(() => spy.publish(topic, repeated), 300);
  }
});
