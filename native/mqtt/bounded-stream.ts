/**
 * A socket with MqttFraming on its reading side: what a broker or a client sends is bounded before mqtt-packet
 * buffers it. With a `pace`, a sender of too many packets is not cut off but read more slowly.
 */

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { MqttFraming, type Oversize } from './framing.ts';

export interface BoundedStreamOptions {
  readonly maxPacket: number;
  readonly oversize: Oversize;
  readonly pace?: { readonly perSecond: number; readonly burst: number };
}

export class BoundedStream extends Duplex {
  #inner: Duplex;
  #framing: MqttFraming;
  #pace: BoundedStreamOptions['pace'];
  #allowance: number;
  #counted = performance.now();
  #rest: NodeJS.Timeout | undefined;

  constructor(inner: Duplex, { maxPacket, oversize, pace }: BoundedStreamOptions) {
    super({ allowHalfOpen: false });
    this.#inner = inner;
    this.#framing = new MqttFraming(maxPacket, oversize);
    this.#pace = pace;
    this.#allowance = pace?.burst ?? 0;
    inner.on('data', (chunk: Buffer) => this.#pass(chunk));
    inner.on('end', () => this.push(null));
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
  }

  /** From which of this computer's addresses it goes, once it is connected; undefined also where WebSockets lie between. */
  get localAddress(): string | undefined {
    return (this.#inner as Partial<Socket>).localAddress;
  }

  override _read(): void {
    if (!this.#rest) this.#inner.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, encoding, done);
  }

  /** mqtt-packet writes a packet in many small pieces between cork and uncork: one write for all of them. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#inner.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#inner.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#rest);
    // An error event of the inner stream after this point has nobody left to tell.
    this.#inner.on('error', () => undefined);
    this.#inner.destroy();
    done(error);
  }

  #pass(chunk: Buffer): void {
    if (this.destroyed) return;
    let kept: Uint8Array;
    try {
      kept = this.#framing.push(chunk);
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    if (kept.length > 0 && !this.push(kept)) this.#inner.pause();
    this.#keepPace(this.#framing.takeCount());
  }

  #keepPace(packets: number): void {
    if (!this.#pace) return;
    const now = performance.now();
    const { perSecond, burst } = this.#pace;
    this.#allowance = Math.min(burst, this.#allowance + ((now - this.#counted) / 1000) * perSecond) - packets;
    this.#counted = now;
    // One read of 64 KiB can hold 32,000 empty packets: nobody honest is that far ahead.
    if (this.#allowance < -4 * burst) return void this.destroy(new Error('too many packets'));
    if (this.#allowance >= 0 || this.#rest) return;
    this.#inner.pause();
    this.#rest = setTimeout(
      () => {
        this.#rest = undefined;
        this.#inner.resume();
      },
      (-this.#allowance / perSecond) * 1000,
    );
  }
}
