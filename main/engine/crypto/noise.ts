/**
 * The Noise Protocol Framework (rev 34) for 25519_ChaChaPoly_SHA256, driven by a table of patterns.
 * Invitations use NKpsk0, those by file NXpsk0, member sessions XXpsk0; the other rows are here so that all published
 * vectors run.
 */
import { concat, utf8 } from '../bytes.ts';
import type { Random } from '../ports.ts';
import { boxKeyPair } from './box.ts';
import { hmacSha256, sha256 } from './hash.ts';
import type { KeyPair } from './sign.ts';
import { sodium, wipe } from './sodium.ts';

type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk';
interface Pattern {
  /** Whose static keys are known before the first message. */
  readonly known: { readonly initiator: boolean; readonly responder: boolean };
  readonly messages: readonly (readonly Token[])[];
}

const NOBODY = { initiator: false, responder: false };
const RESPONDER = { initiator: false, responder: true };
const BOTH = { initiator: true, responder: true };

/** Noise rev 34, §7.5. */
const PATTERNS: Readonly<Record<string, Pattern>> = {
  NN: { known: NOBODY, messages: [['e'], ['e', 'ee']] },
  NX: { known: NOBODY, messages: [['e'], ['e', 'ee', 's', 'es']] },
  NK: {
    known: RESPONDER,
    messages: [
      ['e', 'es'],
      ['e', 'ee'],
    ],
  },
  KK: {
    known: BOTH,
    messages: [
      ['e', 'es', 'ss'],
      ['e', 'ee', 'se'],
    ],
  },
  XK: {
    known: RESPONDER,
    messages: [
      ['e', 'es'],
      ['e', 'ee'],
      ['s', 'se'],
    ],
  },
  IK: {
    known: RESPONDER,
    messages: [
      ['e', 'es', 's', 'ss'],
      ['e', 'ee', 'se'],
    ],
  },
  XX: { known: NOBODY, messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']] },
};

/** The other side's bytes are not what an honest peer with the right keys sends. */
export class NoiseError extends Error {
  override readonly name = 'NoiseError';
}

export interface NoiseOptions {
  /** A pattern with psk modifiers, for example `NKpsk0`, `XXpsk0` or `XXpsk0+psk3`. */
  readonly pattern: string;
  readonly initiator: boolean;
  readonly prologue: Uint8Array;
  /** Pre-shared keys in the order of use: one, or one per modifier. */
  readonly psk?: Uint8Array | readonly Uint8Array[];
  /** Own static pair, where the pattern has one. */
  readonly s?: KeyPair;
  /** The other side's static key, where the pattern knows it beforehand. */
  readonly rs?: Uint8Array;
  /** Source of the ephemeral key; or that key itself, for vectors. */
  readonly random?: Random;
  readonly ephemeralSeed?: Uint8Array;
}

const EMPTY = new Uint8Array(0);
const TAG = 16;
const KEY = 32;

/** One side of a handshake: alternate `write` and `read` until `done`, then `split`. */
export class NoiseHandshake {
  readonly #initiator: boolean;
  readonly #messages: readonly (readonly Token[])[];
  readonly #usesPsk: boolean;
  readonly #psks: Uint8Array[];
  readonly #s: KeyPair | undefined;
  readonly #makeEphemeral: () => Uint8Array;
  #e: KeyPair | undefined;
  #re: Uint8Array | undefined;
  #rs: Uint8Array | undefined;
  #h: Uint8Array;
  #ck: Uint8Array;
  #cipher: CipherState | undefined;
  #next = 0;
  #failed = false;

  constructor(options: NoiseOptions) {
    const { pattern, modifiers } = parsePattern(options.pattern);
    this.#initiator = options.initiator;
    this.#messages = withPsks(pattern.messages, modifiers);
    this.#usesPsk = modifiers.length > 0;
    this.#psks = options.psk === undefined ? [] : options.psk instanceof Uint8Array ? [options.psk] : [...options.psk];
    if (this.#psks.length !== modifiers.length || this.#psks.some((psk) => psk.length !== KEY)) {
      throw new RangeError(`${options.pattern} needs ${modifiers.length} psk of 32 bytes`);
    }
    this.#s = options.s;
    this.#rs = options.rs;
    const { random, ephemeralSeed } = options;
    this.#makeEphemeral = () => {
      const secret = ephemeralSeed ?? random?.bytes(KEY);
      if (!secret) throw new Error('a handshake needs a source of randomness');
      return secret;
    };

    const name = utf8(`Noise_${options.pattern}_25519_ChaChaPoly_SHA256`);
    this.#h = name.length <= 32 ? concat(name, new Uint8Array(32 - name.length)) : sha256(name);
    this.#ck = this.#h;
    this.#mixHash(options.prologue);
    if (pattern.known.initiator) this.#mixHash(this.#initiator ? this.#own('s').pk : this.#remote('s'));
    if (pattern.known.responder) this.#mixHash(this.#initiator ? this.#remote('s') : this.#own('s').pk);
  }

  /** All handshake messages are through. */
  get done(): boolean {
    return this.#next === this.#messages.length;
  }

  /** The handshake hash h: names this channel and nothing else. Final when `done`. */
  get hash(): Uint8Array {
    return this.#h;
  }

  /** The other side's static key, as far as it is known or was proven. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#rs;
  }

  /** The next handshake message with `payload` in it. */
  write(payload: Uint8Array): Uint8Array {
    const out: Uint8Array[] = [];
    for (const token of this.#turn(true)) {
      if (token === 'e') {
        this.#e = boxKeyPair(this.#makeEphemeral());
        out.push(this.#e.pk);
        this.#mixEphemeral(this.#e.pk);
      } else if (token === 's') out.push(this.#encryptAndHash(this.#own('s').pk));
      else this.#mixToken(token);
    }
    out.push(this.#encryptAndHash(payload));
    return concat(...out);
  }

  /** The payload of the other side's next message. Throws NoiseError; the handshake is dead after that. */
  read(message: Uint8Array): Uint8Array {
    const tokens = this.#turn(false);
    try {
      let at = 0;
      const take = (length: number): Uint8Array => {
        if (message.length < at + length) throw new NoiseError('handshake message too short');
        return message.slice(at, (at += length));
      };
      for (const token of tokens) {
        if (token === 'e') {
          this.#re = take(KEY);
          this.#mixEphemeral(this.#re);
        } else if (token === 's') this.#rs = this.#decryptAndHash(take(this.#cipher ? KEY + TAG : KEY));
        else this.#mixToken(token);
      }
      return this.#decryptAndHash(message.subarray(at));
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  /** The two directions of the finished channel. The handshake's own secrets are erased. */
  split(): { tx: CipherState; rx: CipherState } {
    if (!this.done || this.#failed) throw new Error('split before the handshake is done');
    const [first, second] = noiseHkdf(this.#ck, EMPTY, 2) as [Uint8Array, Uint8Array];
    wipe(this.#ck);
    if (this.#e) wipe(this.#e.sk);
    this.#failed = true; // nothing more can be done with it
    const a = new CipherState(first);
    const b = new CipherState(second);
    return this.#initiator ? { tx: a, rx: b } : { tx: b, rx: a };
  }

  #turn(writing: boolean): readonly Token[] {
    const tokens = this.#messages[this.#next];
    const mine = (this.#next % 2 === 0) === this.#initiator;
    if (!tokens || this.#failed) throw new NoiseError('no handshake message is due');
    if (mine !== writing) throw new NoiseError('handshake message out of turn');
    this.#next++;
    return tokens;
  }

  #own(which: 'e' | 's'): KeyPair {
    const pair = which === 'e' ? this.#e : this.#s;
    if (!pair) throw new Error(`this side has no ${which} key`);
    return pair;
  }

  #remote(which: 'e' | 's'): Uint8Array {
    const key = which === 'e' ? this.#re : this.#rs;
    if (!key) throw new Error(`the other side's ${which} key is not known`);
    return key;
  }

  #mixEphemeral(pk: Uint8Array): void {
    this.#mixHash(pk);
    if (this.#usesPsk) this.#mixKey(pk); // §9.2: a psk handshake also mixes each e, so that the key is never static
  }

  #mixToken(token: 'ee' | 'es' | 'se' | 'ss' | 'psk'): void {
    if (token === 'psk') return this.#mixPsk(this.#psks.shift() as Uint8Array);
    // The first letter names the initiator's key, the second the responder's.
    const initiators = token.startsWith('e') ? 'e' : 's';
    const responders = token.endsWith('e') ? 'e' : 's';
    const own = this.#own(this.#initiator ? initiators : responders);
    const remote = this.#remote(this.#initiator ? responders : initiators);
    let shared: Uint8Array;
    try {
      shared = sodium.crypto_scalarmult(own.sk, remote);
    } catch (error) {
      throw new NoiseError('low-order public key', { cause: error }); // libsodium refuses an all-zero result
    }
    this.#mixKey(shared);
    wipe(shared);
  }

  #mixHash(data: Uint8Array): void {
    this.#h = sha256(this.#h, data);
  }

  #mixKey(material: Uint8Array): void {
    const [ck, key] = noiseHkdf(this.#ck, material, 2) as [Uint8Array, Uint8Array];
    this.#ck = ck;
    this.#cipher = new CipherState(key);
  }

  #mixPsk(psk: Uint8Array): void {
    const [ck, hash, key] = noiseHkdf(this.#ck, psk, 3) as [Uint8Array, Uint8Array, Uint8Array];
    this.#ck = ck;
    this.#mixHash(hash);
    this.#cipher = new CipherState(key);
  }

  #encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const out = this.#cipher ? this.#cipher.encrypt(this.#h, plaintext) : plaintext;
    this.#mixHash(out);
    return out;
  }

  #decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const out = this.#cipher ? this.#cipher.decrypt(this.#h, ciphertext) : ciphertext.slice();
    this.#mixHash(ciphertext);
    return out;
  }
}

/** One direction of a channel: a key and a counter. */
export class CipherState {
  #key: Uint8Array;
  #counter: number;

  /** `counter`: how many messages the direction has had under this key, where one goes on that was kept. */
  constructor(key: Uint8Array, counter = 0) {
    if (key.length !== KEY) throw new RangeError('a cipher key has 32 bytes');
    this.#key = key;
    this.#counter = counter;
  }

  /** The present key: only for deriving the next one. */
  get key(): Uint8Array {
    return this.#key;
  }

  /** The number of the next message. */
  get counter(): number {
    return this.#counter;
  }

  encrypt(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const out = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, ad, null, this.#nonce(), this.#key);
    this.#counter++;
    return out;
  }

  /** Throws NoiseError when the message is not the next one of this direction; the counter stays. */
  decrypt(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const nonce = this.#nonce();
    try {
      if (ciphertext.length < TAG) throw new RangeError('shorter than its tag');
      const out = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, ciphertext, ad, nonce, this.#key);
      this.#counter++;
      return out;
    } catch (error) {
      throw new NoiseError('message is not authentic', { cause: error });
    }
  }

  /** Goes on under another key, nonces from 0; the old key is erased. */
  rekeyWith(key: Uint8Array): void {
    if (key.length !== KEY) throw new RangeError('a cipher key has 32 bytes');
    const old = this.#key;
    this.#key = key.slice();
    this.#counter = 0;
    wipe(old);
  }

  /** Erases the key: for a channel that is closed. */
  wipe(): void {
    wipe(this.#key);
  }

  #nonce(): Uint8Array {
    if (this.#counter >= Number.MAX_SAFE_INTEGER) throw new NoiseError('nonces are used up'); // 2⁵³ < Noise's 2⁶⁴-1
    const nonce = new Uint8Array(12); // little-endian from byte 4 on
    for (let at = 4, rest = this.#counter; rest > 0; at++, rest = Math.floor(rest / 256)) nonce[at] = rest;
    return nonce;
  }
}

function parsePattern(name: string): { pattern: Pattern; modifiers: readonly number[] } {
  const match = /^([A-Z]{2})((?:psk\d(?:\+psk\d)*)?)$/.exec(name);
  const pattern = match && PATTERNS[match[1] as string];
  if (!pattern) throw new RangeError(`unknown Noise pattern ${name}`);
  const modifiers = match[2] === '' ? [] : (match[2] as string).split('+').map((m) => Number(m.slice(3)));
  return { pattern, modifiers };
}

/** §9.4: psk0 stands before the first message's tokens, pskN at the end of message N. */
function withPsks(messages: Pattern['messages'], modifiers: readonly number[]): Pattern['messages'] {
  const out = messages.map((tokens): Token[] => [...tokens]);
  for (const modifier of modifiers) {
    const tokens = out[Math.max(0, modifier - 1)];
    if (!tokens) throw new RangeError(`psk${modifier} is past the last message`);
    if (modifier === 0) tokens.unshift('psk');
    else tokens.push('psk');
  }
  return out;
}

/** Noise's HKDF (§4.3): RFC 5869 with empty info, 32-byte outputs. */
function noiseHkdf(chainingKey: Uint8Array, material: Uint8Array, outputs: 2 | 3): Uint8Array[] {
  const temporary = hmacSha256(chainingKey, material);
  const out: Uint8Array[] = [];
  let previous: Uint8Array = EMPTY;
  for (let i = 1; i <= outputs; i++) {
    previous = hmacSha256(temporary, previous, Uint8Array.of(i));
    out.push(previous);
  }
  wipe(temporary);
  return out;
}
