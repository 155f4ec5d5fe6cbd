/** A real mosquitto behind a tap: every byte that anybody sends to it, and every byte it sends, is kept. */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { startMosquitto } from '../../ports/mosquitto.ts';
import type { Place } from './search.ts';

export interface TappedBroker {
  readonly url: string;
  /** One per connection and direction, as a whole: a secret may lie across two packets. */
  heard(): Place[];
  close(): Promise<void>;
}

export async function startTappedBroker(): Promise<TappedBroker> {
  const mosquitto = await startMosquitto();
  const port = Number(new URL(mosquitto.url).port);
  const streams: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      const chunks: Buffer[] = [];
      streams.push(chunks);
      sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        to.write(chunk);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => streams.map((chunks) => ({ name: 'the broker’s traffic', bytes: Buffer.concat(chunks) })),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await mosquitto.close();
    },
  };
}
