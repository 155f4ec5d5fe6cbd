/** (j) a blob of 100 MB between two processes over a data channel, against the same bytes over a bare one. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { InvitationEncoder } from '../../main/client/index.ts';
import { startMeetingPoint } from '../../native/mqtt/meeting-point.ts';
import { createWebRtcTransport } from '../../native/webrtc/transport.ts';
import { opened, type Told } from './bulk.ts';
import type { Row } from './measured.ts';
import { inFolder, openClient } from './places.ts';

const BYTES = 100_000_000;
const MESSAGE = 60_000;
/** Bytes ahead of the network, as Cove keeps at most. */
const AHEAD = 1 << 20;
const program = new URL('bulk.ts', import.meta.url);

export async function blobs(runs: number): Promise<Row[]> {
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    floor.push(await overBareChannel(BYTES));
    ours.push(await cove());
  }
  return [
    {
      name: '(j) a blob of 100 MB, from wanted to stored',
      ours,
      floor: { name: 'the same bytes over a bare data channel, not stored', runs: floor },
      goal: { most: 1.67 },
      note: 'both ends in processes of their own on one machine; the goal is 60 % of the rate',
    },
  ];
}

/** The time that it tells. */
async function told(child: ChildProcess): Promise<number> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [Told];
    if ('ms' in message) return message.ms;
  }
}

/** Milliseconds that so many bytes take to another process. */
export async function overBareChannel(bytes: number): Promise<number> {
  const child = fork(program, ['bare', String(bytes)]);
  const transport = createWebRtcTransport({ bind: '127.0.0.1' });
  const time = told(child);
  const channel = await opened(transport, true, {
    send: (message) => void child.send(message),
    on: (fn) => void child.on('message', (message) => fn(message as Told)),
  });
  const message = new Uint8Array(randomBytes(MESSAGE));
  for (let sent = 0; sent < bytes; sent += MESSAGE) {
    while (channel.buffered() > AHEAD) await new Promise((resolve) => setTimeout(resolve, 1));
    channel.send(message);
  }
  const ms = await time;
  await transport.close();
  return ms;
}

function cove(): Promise<number> {
  return inFolder(async (folder) => {
    const point = await startMeetingPoint({ host: '127.0.0.1', port: 0, log: () => undefined });
    const ana = await openClient(join(folder, 'ana'), [point.url]);
    try {
      const space = await ana.echo.createSpace({ name: 'Bench' });
      const content = await space.blobs.add(new Uint8Array(randomBytes(BYTES)));
      await space.db.add({ type: 'file', content });
      const { invitation } = space.createInvitation();
      const digits = invitation.authenticationCode ?? '';
      const child = fork(program, [
        'cove',
        join(folder, 'ben'),
        point.url,
        InvitationEncoder.encode(invitation),
        digits,
      ]);
      const ms = await told(child);
      if (child.exitCode === null) await once(child, 'exit');
      return ms;
    } finally {
      await ana.destroy();
      await point.close();
    }
  });
}
