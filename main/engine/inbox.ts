/**
 * What a channel has received and who hears of it, alike on every transport: messages that come before anybody listens
 * wait, up to a bound, and the end is told once.
 */

/** The port's bound. A transport might carry more, but large messages block small ones behind them. */
export const MAX_MESSAGE = 65_536;
/** What a peer may send before anybody listens. A handshake message is 4 KiB at most. */
const MAX_UNREAD = 1024 * 1024;
/** What a message costs beside its bytes. */
const OVERHEAD = 64;

export class Inbox {
  #onMessage: ((message: Uint8Array) => void) | undefined;
  #onClose: (() => void)[] = [];
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  onMessage(fn: (message: Uint8Array) => void): void {
    this.#onMessage = fn;
    const unread = this.#unread;
    this.#unread = [];
    this.#unreadBytes = 0;
    for (const message of unread) if (!this.#closed) fn(message);
  }

  onClose(fn: () => void): void {
    if (this.#closed) fn();
    else this.#onClose.push(fn);
  }

  /** False when more waits than may: the channel must end. */
  receive(message: Uint8Array): boolean {
    if (this.#onMessage) {
      this.#onMessage(message);
      return true;
    }
    this.#unreadBytes += message.length + OVERHEAD;
    if (this.#unreadBytes > MAX_UNREAD) return false;
    this.#unread.push(message);
    return true;
  }

  /** From now on nothing is heard. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unread = [];
    for (const listener of this.#onClose.splice(0)) listener();
  }
}

/** Throws RangeError for what no channel carries. */
export function assertFits(message: Uint8Array): void {
  if (message.length > MAX_MESSAGE) throw new RangeError(`a message of ${message.length} bytes is over the limit`);
}
