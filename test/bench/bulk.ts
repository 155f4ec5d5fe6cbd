/**
 * A program: the receiving end of blobs.ts, in a process of its own as on another computer. It tells how many
 * milliseconds the bytes took, from the first of them (bare), or from when they were wanted until all are stored (cove).
 *
 *   node bulk.ts bare <bytes>                                                    its signals go over the IPC channel
 *   node bulk.ts cove <folder> <meeting point> <code> <digits>
 */
import type { Channel, Transport, TransportSignal } from '../../main/engine/ports.ts';
import { InvitationEncoder, type BlobRef } from '../../main/client/index.ts';
import { createWebRtcTransport } from '../../native/webrtc/transport.ts';
import { openClient, until } from './places.ts';

/** Both of one connection, and the other side of the pipe between the processes. */
export type Told = { readonly signal: TransportSignal } | { readonly ms: number };
interface Pipe {
  readonly send: (told: Told) => void;
  readonly on: (fn: (told: Told) => void) => void;
}

export async function opened(transport: Transport, initiator: boolean, pipe: Pipe): Promise<Channel> {
  const connecting = transport.connect({ initiator, onSignal: (signal) => pipe.send({ signal }) });
  pipe.on((told) => {
    if ('signal' in told) connecting.accept(told.signal);
  });
  return connecting.channel;
}

const tell = (told: Told): void => void process.send?.(told);

async function bare(bytes: number): Promise<void> {
  const transport = createWebRtcTransport({ bind: '127.0.0.1' });
  const channel = await opened(transport, false, {
    send: tell,
    on: (fn) => void process.on('message', (told) => fn(told as Told)),
  });
  let [come, start] = [0, 0];
  channel.onMessage((message) => {
    if (come === 0) start = performance.now();
    come += message.length;
    if (come < bytes) return;
    tell({ ms: performance.now() - start });
    void transport.close().then(() => process.disconnect());
  });
}

async function cove(folder: string, url: string, code: string, digits: string): Promise<void> {
  const client = await openClient(folder, [url]);
  const { authenticate, invitation } = client.echo.acceptInvitation(InvitationEncoder.decode(code));
  await authenticate(digits);
  const space = client.echo.getSpace(invitation.spaceKey);
  const named = () => space.objects.query({ type: 'file' })[0]?.fields['content'] as BlobRef | undefined;
  await until('it hears of the blob', () => named() !== undefined);
  const ref = named() as BlobRef;
  const start = performance.now();
  space.blobs.keep(ref);
  await new Promise<void>((resolve) => {
    const cancel = space.blobs.onChange(() => {
      if (space.blobs.status(ref).state !== 'here') return;
      cancel();
      resolve();
    });
  });
  tell({ ms: performance.now() - start });
  await client.destroy();
  process.disconnect();
}

const [kind, ...rest] = process.argv.slice(2);
if (kind === 'bare') await bare(Number(rest[0]));
if (kind === 'cove') await cove(...(rest as [string, string, string, string]));
