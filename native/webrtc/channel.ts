/**
 * The Channel port on one libdatachannel data channel. Holds strong references to the native objects until
 * closed: when their JavaScript wrappers are collected, libdatachannel closes the connection.
 */

import type { DataChannel } from 'node-datachannel';
import type { Channel } from '../../main/engine/ports.ts';
import { assertFits, Inbox, MAX_MESSAGE } from '../../main/engine/inbox.ts';
import type { Guard } from './guard.ts';

/** How long `close` waits for the other side to have read everything. */
const LINGER_MS = 1000;
/**
 * The last message of a side that closes. The protocol's messages are binary, so any text is this one. Without it the
 * end overtakes messages: bufferedAmount does not count what SCTP has in flight, and at the receiver node-datachannel
 * queues messages and the close event apart and forgets the messages (2 of 20 connections lost their last ones).
 */
const END = 'end';

export interface Opened {
  readonly native: DataChannel;
  readonly local: Uint8Array;
  readonly remote: Uint8Array;
  readonly viaServer: () => boolean;
}

export class WebRtcChannel implements Channel {
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  readonly viaServer: () => boolean;
  #native: DataChannel | undefined;
  #release: () => void;
  readonly #inbox = new Inbox();

  /** `release` lets go of the peer connection; it is called once. */
  constructor({ native, local, remote, viaServer }: Opened, guard: Guard, release: () => void) {
    this.#native = native;
    this.localFingerprint = local;
    this.remoteFingerprint = remote;
    this.viaServer = viaServer;
    this.#release = release;
    native.onClosed(guard(() => this.end()));
    native.onError(guard(() => this.end()));
    native.onMessage(guard((message) => this.#receive(message)));
  }

  /** After the channel closed this does nothing: `onClose` has told or is about to. */
  send(message: Uint8Array): void {
    assertFits(message);
    if (this.#inbox.closed || !this.#native) return;
    try {
      this.#native.sendMessageBinary(message);
    } catch {
      // The native channel closed between its callback being queued and this call.
      this.end();
    }
  }

  buffered(): number {
    try {
      return this.#native?.bufferedAmount() ?? 0;
    } catch {
      return 0;
    }
  }

  onMessage(fn: (message: Uint8Array) => void): void {
    this.#inbox.onMessage(fn);
  }

  onClose(fn: () => void): void {
    this.#inbox.onClose(fn);
  }

  /** Ends the channel for the caller at once; the connection lingers until the other side has read everything, a second at most. */
  close(): void {
    if (this.#inbox.closed) return;
    this.#inbox.close();
    try {
      this.#native?.sendMessage(END);
    } catch {
      return this.#letGo();
    }
    setTimeout(() => this.#letGo(), LINGER_MS);
  }

  /** Ends it without lingering: the other side or the network is gone. */
  end(): void {
    this.#inbox.close();
    this.#letGo();
  }

  #receive(message: string | Buffer | ArrayBuffer): void {
    if (this.#inbox.closed) return;
    // A peer that keeps to the announced maximum sends nothing larger.
    if (typeof message === 'string' || message.byteLength > MAX_MESSAGE) return this.end();
    if (!this.#inbox.receive(new Uint8Array(message))) this.end();
  }

  #letGo(): void {
    const native = this.#native;
    if (!native) return;
    this.#native = undefined;
    try {
      native.close();
    } catch {
      // Already gone.
    }
    this.#release();
  }
}
