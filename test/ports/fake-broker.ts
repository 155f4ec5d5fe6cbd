/** A broker on the loopback that answers as it should and otherwise does what a test says. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';

export interface FakeBroker {
  readonly url: string;
  readonly packets: Packet[];
  readonly sockets: Socket[];
  send(...bytes: Uint8Array[]): void;
  connections(): number;
  /** Answers from now on, beginning with the CONNECT it has left unanswered. */
  accept(): void;
  /** Which topics it refuses from now on: those that begin with this. */
  refuse(beginning: string): void;
  /** Leaves SUBSCRIBEs unanswered until the returned function is called. */
  holdSubscriptions(): () => void;
  close(): Promise<void>;
}

const CONNACK = generate({ cmd: 'connack', returnCode: 0, sessionPresent: false });

export async function fakeBroker(answers = true): Promise<FakeBroker> {
  let answer = answers;
  let held: number[] | undefined;
  let refused: string | undefined;
  const packets: Packet[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const parse = parser({ protocolVersion: 4 });
    parse.on('packet', (packet) => {
      packets.push(packet);
      if (!answer) return;
      if (packet.cmd === 'connect') socket.write(CONNACK);
      if (packet.cmd === 'subscribe') {
        if (held) return void held.push(packet.messageId as number);
        const granted = packet.subscriptions.map(({ topic }) =>
          refused !== undefined && topic.startsWith(`cove/1/${refused}`) ? 128 : 0,
        );
        socket.write(generate({ cmd: 'suback', messageId: packet.messageId as number, granted }));
      }
    });
    socket.on('data', (chunk) => parse.parse(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    packets,
    sockets,
    send: (...bytes) => void sockets.at(-1)?.write(Buffer.concat(bytes)),
    connections: () => sockets.length,
    refuse: (beginning) => (refused = beginning),
    holdSubscriptions() {
      held = [];
      return () => {
        for (const messageId of held ?? [])
          sockets.at(-1)?.write(generate({ cmd: 'suback', messageId, granted: [0, 0] }));
        held = undefined;
      };
    },
    accept() {
      answer = true;
      sockets.at(-1)?.write(CONNACK);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
