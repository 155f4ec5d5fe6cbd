/**
 * Runs the member handshake on a fresh channel: messages in turn, 15 s for all of it, and a closed channel
 * whatever goes wrong. The protocol itself is in handshake.ts.
 */
import type { Channel, Clock, Log } from '../ports.ts';
import { MemberHandshake } from './handshake.ts';
import type { MemberHandshakeOptions, Proven } from './handshake.ts';
import { MESH } from './limits.ts';
import { SecureChannel } from './secure-channel.ts';

export interface GreetOptions extends Omit<MemberHandshakeOptions, 'localFingerprint' | 'remoteFingerprint'> {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly log: Log;
  /** Exactly one of the two is called, once. */
  readonly onProven: (peer: Proven, secure: SecureChannel) => void;
  readonly onFailed: () => void;
}

/** Returns a function that gives up. */
export function greet(options: GreetOptions): () => void {
  const { channel, clock, log } = options;
  let over = false;
  const fail = (reason: string): void => {
    if (over) return;
    over = true;
    timer();
    log('mesh.handshake-failed', { reason });
    channel.close();
    options.onFailed();
  };
  const timer = clock.after(MESH.handshake, () => fail('timeout'));
  const handshake = new MemberHandshake({
    ...options,
    localFingerprint: channel.localFingerprint,
    remoteFingerprint: channel.remoteFingerprint,
  });
  channel.onClose(() => fail('closed'));
  const first = handshake.start();
  if (first) channel.send(first);
  channel.onMessage((message) => {
    if (over) return;
    try {
      const { send, proven } = handshake.handle(message);
      if (send) channel.send(send);
      if (!proven) return;
      over = true;
      timer();
      options.onProven(proven, new SecureChannel(channel, { tx: proven.tx, rx: proven.rx, clock }));
    } catch (error) {
      fail((error as Error).message);
    }
  });
  return () => fail('given up');
}
