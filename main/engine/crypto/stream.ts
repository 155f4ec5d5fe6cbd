/**
 * Messages in a row under one key that is used for nothing else: libsodium's secretstream (XChaCha20-Poly1305). None can
 * be changed, left out, repeated or moved, and the last one says that it is the last.
 */
import { sodium } from './sodium.ts';

/** Bytes before the first message. */
export const STREAM_HEADER_BYTES = 24;
/** Bytes that sealing adds to each. */
export const STREAM_OVERHEAD = 17;
const NO_AD = new Uint8Array(0);

export class SealingStream {
  readonly #state: ReturnType<typeof sodium.crypto_secretstream_xchacha20poly1305_init_push>['state'];
  readonly header: Uint8Array;

  /** `key`: 32 bytes. */
  constructor(key: Uint8Array) {
    const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
    this.#state = state;
    this.header = header;
  }

  /** `ad` is bound to the message and not part of it. */
  seal(message: Uint8Array, { last = false, ad = NO_AD }: { last?: boolean; ad?: Uint8Array } = {}): Uint8Array {
    const tag = last
      ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
      : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    return sodium.crypto_secretstream_xchacha20poly1305_push(this.#state, message, ad, tag);
  }
}

export class OpeningStream {
  readonly #state: ReturnType<typeof sodium.crypto_secretstream_xchacha20poly1305_init_pull>;

  /** `key`: 32 bytes; `header`: 24. */
  constructor(key: Uint8Array, header: Uint8Array) {
    this.#state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key);
  }

  /** null: this is not what was sealed at this place. */
  open(sealed: Uint8Array, ad: Uint8Array = NO_AD): { readonly message: Uint8Array; readonly last: boolean } | null {
    if (sealed.length < STREAM_OVERHEAD) return null;
    const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(this.#state, sealed, ad);
    if (!opened) return null;
    return { message: opened.message, last: opened.tag === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL };
  }
}
