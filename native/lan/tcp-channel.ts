/**
 * The Channel port on a TCP connection: each message after its length, u32 big-endian, at most 65,536. There is no TLS
 * under it: Noise, which every session runs, is what encrypts and proves.
 */
import type { Socket } from 'node:net';
import type { Channel } from '../../main/engine/ports.ts';
import { assertFits, Inbox, MAX_MESSAGE } from '../../main/engine/inbox.ts';

const PREFIX = 4;
/** How long `close` waits for the other side to have read everything. */
const LINGER_MS = 1_000;
const NOTHING = new Uint8Array(0);

export class TcpChannel implements Channel {
  readonly localFingerprint = NOTHING;
  readonly remoteFingerprint = NOTHING;
  readonly #socket: Socket;
  readonly #onError: (error: unknown) => void;
  readonly #inbox = new Inbox();
  /** Bytes of a message that is not whole yet. */
  #parts: Buffer[] = [];
  #partBytes = 0;

  /** Takes a connected socket over. `onError` hears what a listener threw; its channel ends. */
  constructor(socket: Socket, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#onError = onError;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#guarded(() => this.#receive(bytes)));
    socket.on('error', () => this.#end());
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
  }

  send(message: Uint8Array): void {
    assertFits(message);
    if (this.#inbox.closed) return;
    const bytes = Buffer.allocUnsafe(PREFIX + message.length);
    bytes.writeUInt32BE(message.length);
    bytes.set(message, PREFIX);
    this.#socket.write(bytes);
  }

  buffered(): number {
    return this.#inbox.closed ? 0 : this.#socket.writableLength;
  }

  onMessage(fn: (message: Uint8Array) => void): void {
    this.#inbox.onMessage(fn);
  }

  onClose(fn: () => void): void {
    this.#inbox.onClose(fn);
  }

  close(): void {
    if (this.#inbox.closed) return;
    this.#finish();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  #receive(bytes: Buffer): void {
    if (this.#inbox.closed) return;
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
    let length = this.#length();
    if (length === undefined || this.#partBytes < PREFIX + length) return;
    let rest = Buffer.concat(this.#parts);
    while (length !== undefined && rest.length >= PREFIX + length) {
      if (!this.#inbox.receive(new Uint8Array(rest.subarray(PREFIX, PREFIX + length)))) this.#end();
      if (this.#inbox.closed) return;
      rest = rest.subarray(PREFIX + length);
      this.#parts = [rest];
      length = this.#length();
      if (this.#inbox.closed) return;
    }
    this.#partBytes = rest.length;
  }

  /** Of the message that begins in `#parts`; undefined while its prefix is not whole. */
  #length(): number | undefined {
    const [first] = this.#parts as [Buffer];
    if (first.length < PREFIX && this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    const [head] = this.#parts as [Buffer];
    if (head.length < PREFIX) return undefined;
    const length = head.readUInt32BE();
    if (length > MAX_MESSAGE) this.#end();
    return length;
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#end();
      this.#onError(error);
    }
  }

  #end(): void {
    this.#finish();
    this.#socket.destroy();
  }

  #finish(): void {
    this.#parts = [];
    this.#inbox.close();
  }
}
