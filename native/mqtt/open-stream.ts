/** The stream that MQTT is spoken on, by the address of a meeting point. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { IClientOptions, MqttClient } from 'mqtt';
import { streamBuilder as connectWebSocket } from 'mqtt/lib/connect/ws';
import type { Place } from '../proxy/proxy.ts';
import { BoundedStream } from './bounded-stream.ts';
import { MAX_PACKET } from './topics.ts';

export const CONNECT_MS = 15_000;
/** Packets. Somewhat above what is taken of a broker (rendezvous.ts): one that floods is read no faster, and fills its own buffers. */
const PACE = { perSecond: 300, burst: 1_200 };

/** `through`: connected to there already, by a proxy. */
export function openStream(url: URL, client: MqttClient, through: Socket | undefined): BoundedStream {
  const { host, port } = placeOf(url);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const encrypted = () => connectTls({ host, port, ...(through ? { socket: through } : {}), ...servername });
  const bounded = { maxPacket: MAX_PACKET, oversize: 'skip', pace: PACE } as const;
  switch (url.protocol) {
    case 'mqtt:':
      return new BoundedStream(through ?? connectTcp({ host, port, noDelay: true }), bounded);
    case 'mqtts:':
      return new BoundedStream(encrypted(), bounded);
    default: {
      const protocol = url.protocol === 'wss:' ? 'wss' : 'ws';
      const connected = through && { createConnection: () => (protocol === 'wss' ? encrypted() : through) };
      const options: IClientOptions = {
        protocol,
        hostname: url.hostname,
        port,
        path: `${url.pathname}${url.search}`,
        // Without it `ws` collects frames of up to 100 MiB.
        wsOptions: { maxPayload: 256 * 1024, handshakeTimeout: CONNECT_MS, ...connected },
      };
      return new BoundedStream(connectWebSocket(client, options) as ReturnType<typeof connectTcp>, bounded);
    }
  }
}

const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443 };

export const placeOf = (url: URL): Place => ({
  host: hostOf(url),
  port: Number(url.port) || (PORTS[url.protocol] as number),
});

/** A URL keeps the brackets of an IPv6 address. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
