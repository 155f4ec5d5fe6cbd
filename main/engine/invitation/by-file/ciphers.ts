/** Both directions of a join by file, as they are kept between two files. */
import { CipherState } from '../../crypto/noise.ts';
import { inviteRekey } from '../../crypto/keys.ts';

/** Of each direction its key, and the number of its next message. */
export interface KeptCiphers {
  readonly tx: Uint8Array;
  readonly sent: number;
  readonly rx: Uint8Array;
  readonly received: number;
}

export interface Ciphers {
  readonly tx: CipherState;
  readonly rx: CipherState;
}

export function takeUp({ tx, sent, rx, received }: KeptCiphers): Ciphers {
  return { tx: new CipherState(tx.slice(), sent), rx: new CipherState(rx.slice(), received) };
}

/** What is kept is a copy: the ciphers may be erased. */
export function keep({ tx, rx }: Ciphers): KeptCiphers {
  return { tx: tx.key.slice(), sent: tx.counter, rx: rx.key.slice(), received: rx.counter };
}

/** What goes on in one direction once the digits are proven: under a key that depends on them as well. */
export function rekeyed(cipher: CipherState, isk: Uint8Array): CipherState {
  return new CipherState(inviteRekey(cipher.key, isk));
}
