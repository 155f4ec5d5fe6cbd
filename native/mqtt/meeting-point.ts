/**
 * The app's own meeting point: an MQTT 3.1.1 broker (aedes) for people on one network, so that they need no other
 * server. Whoever reaches its port may use it, so it carries signals and nothing else: no wildcards, no retained
 * messages, no wills, no stored sessions, and a bound on everything.
 */

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { AedesOptions, Client } from 'aedes';
import type { Log } from '../../main/engine/ports.ts';
import { BoundedStream } from './bounded-stream.ts';
import { isCoveTopic, MAX_PACKET, MAX_PAYLOAD } from './topics.ts';

/** Each bound with its reason. */
export const MEETING_POINT_LIMITS = {
  /** A household or a workshop; each connection costs two descriptors and some 50 kB. */
  connections: 256,
  /** Three days' topics for each of some 60 spaces, and 20 invitations. */
  subscriptionsPerClient: 200,
  /** A dial is about 25 packets; 50 spaces announcing at once are 150. */
  packetsPerSecond: 50,
  packetsInBurst: 500,
  /** Longer than any honest client needs, shorter than it takes to hold many half-open. */
  connectMs: 5_000,
  /** The client library's default is 60 s; without one, dead connections would stay. */
  keepaliveSeconds: 300,
  /** A reader that takes nothing for so long holds up the others' messages. */
  drainMs: 5_000,
  clientIdLength: 64,
} as const;

export interface MeetingPoint {
  readonly url: string;
  readonly port: number;
  /** Listens on another port as well, for those who know it by that one. Rejects when it cannot be bound. */
  also(port: number): Promise<void>;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

export interface MeetingPointOptions {
  /** The address to listen on, an IP literal. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly log: Log;
}

/** Rejects when the address cannot be bound. */
export async function startMeetingPoint({ host, port, log }: MeetingPointOptions): Promise<MeetingPoint> {
  // aedes is an ES module: CommonJS (which the app is bundled to) can only import it like this.
  const { Aedes } = await import('aedes');
  const topics = new OpenTopics();
  const broker = await Aedes.createBroker(policy(topics));
  broker.on('unsubscribe', (closed, client) => topics.remove(client, closed));
  const note = (event: string) => (_client: Client, error: Error) =>
    log(event, { reason: error.message.slice(0, 100) });
  broker.on('clientError', note('meeting-point.client-refused'));
  broker.on('connectionError', note('meeting-point.connection-refused'));
  // aedes' own maintenance; nothing of ours depends on it.
  (broker as NodeJS.EventEmitter).on('error', (error: Error) => log('meeting-point.error', { reason: error.message }));

  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const serve = async (at: number): Promise<number> => {
    const server = createServer((socket) => {
      if (sockets.size >= MEETING_POINT_LIMITS.connections) return socket.destroy();
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.setNoDelay(true);
      const { packetsPerSecond: perSecond, packetsInBurst: burst } = MEETING_POINT_LIMITS;
      const pace = { perSecond, burst };
      broker.handle(new BoundedStream(socket, { maxPacket: MAX_PACKET, oversize: 'refuse', pace }));
    });
    await listening(server, host, at);
    server.on('error', (error) => log('meeting-point.error', { reason: error.message }));
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  const bound = await serve(port).catch((error: unknown) => {
    broker.close();
    throw error;
  });

  return {
    url: `mqtt://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    also: async (another) => void (await serve(another)),
    async close() {
      const stopped = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const socket of sockets) socket.destroy();
      broker.close();
      await Promise.all(stopped);
    },
  };
}

function policy(topics: OpenTopics): AedesOptions {
  return {
    connectTimeout: MEETING_POINT_LIMITS.connectMs,
    drainTimeout: MEETING_POINT_LIMITS.drainMs,
    keepaliveLimit: MEETING_POINT_LIMITS.keepaliveSeconds,
    maxTopicLevels: 6,
    preConnect(_client, packet, done) {
      const refusal =
        packet.protocolVersion !== 4
          ? 'not MQTT 3.1.1'
          : packet.will
            ? 'a will'
            : !packet.clean
              ? 'a stored session'
              : packet.clientId.length > MEETING_POINT_LIMITS.clientIdLength
                ? 'a long client id'
                : undefined;
      done(refusal === undefined ? null : new Error(refusal), refusal === undefined);
    },
    authorizePublish(_client, packet, done) {
      if (packet.retain) return done(new Error('a retained message'));
      if (packet.qos === 2) return done(new Error('QoS 2'));
      if (!isCoveTopic(packet.topic)) return done(new Error('a foreign topic'));
      if (packet.payload.length > MAX_PAYLOAD) return done(new Error('a large payload'));
      done();
    },
    authorizeSubscribe(client, subscription, done) {
      // null is SUBACK's failure code for this topic; the connection goes on.
      const refused = !isCoveTopic(subscription.topic) || subscription.qos === 2;
      if (refused || !topics.add(client, subscription.topic)) return done(null, null);
      done(null, subscription);
    },
  };
}

/** Counted here because aedes asks about all topics of a SUBSCRIBE before it adds the first. */
class OpenTopics {
  #open = new WeakMap<Client, Set<string>>();

  add(client: Client, topic: string): boolean {
    const open = this.#open.get(client) ?? new Set();
    this.#open.set(client, open);
    if (!open.has(topic) && open.size >= MEETING_POINT_LIMITS.subscriptionsPerClient) return false;
    open.add(topic);
    return true;
  }

  remove(client: Client, closed: readonly string[]): void {
    for (const topic of closed) this.#open.get(client)?.delete(topic);
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
