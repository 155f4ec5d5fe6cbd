/**
 * A program: somebody on the network who hears all that is said to everybody there, and tells it in hexadecimal.
 *
 *   node spy.ts <address> <zone>
 */
import { createSocket } from 'node:dgram';
import { writeSync } from 'node:fs';

const [ip = '', zone = ''] = process.argv.slice(2);
const tell = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);
const GROUPS = [
  ['beacon', 47_632, '239.192.67.86', 'ff12::434f:5645'],
  ['mdns', 5353, '224.0.0.251', 'ff02::fb'],
] as const;

let waiting = 2 * GROUPS.length;
for (const [way, port, four, six] of GROUPS)
  for (const type of ['udp4', 'udp6'] as const) {
    const socket = createSocket({ type, reuseAddr: true, ipv6Only: type === 'udp6' });
    socket.on('message', (bytes) => tell({ said: bytes.toString('hex'), way, type }));
    socket.bind(port, () => {
      if (type === 'udp4') socket.addMembership(four, ip);
      else socket.addMembership(six, `::%${zone}`);
      if (--waiting === 0) tell({ ready: true });
    });
  }
