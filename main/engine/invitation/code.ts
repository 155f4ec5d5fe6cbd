/**
 * The invitation code: what the host shares, as bech32m text, and how it is found again in what a person pastes.
 * It never contains the authentication code; the six digits go another way. Protocol §3.1.
 */
import { bech32m } from '@scure/base';
import { concat, equal, fromUtf8, u32be, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { CoveError } from '../errors.ts';
import { isBrokerUrl, isNearAddress } from '../meeting-address.ts';
import type { AddressRules, HostAddress } from '../meeting-address.ts';
import type { Random } from '../ports.ts';

export interface InvitationCode {
  readonly kind: 'space' | 'device';
  /** More than one guest may use it. */
  readonly multiUse: boolean;
  /** Whoever comes in is to be a keeper: a Cove that cannot be one says that the code is a newer one's. */
  readonly keeper?: true;
  /** Milliseconds since 1970; the code keeps whole minutes. */
  readonly expires: number;
  /** The host's own meeting point on the local network. */
  readonly address?: HostAddress;
  /** A meeting point's `mqtts://` URL, at most 64 bytes. */
  readonly url?: string;
  /** S: 16 random bytes. */
  readonly secret: Uint8Array;
  /** 16 bytes: what the host's key must hash to. */
  readonly pkHash: Uint8Array;
}
/** What of it the flags byte says. */
export type Flagged = Pick<InvitationCode, 'multiUse' | 'address' | 'url' | 'keeper'>;
/** What a code may name depends on where it is read; see meeting-address.ts. */
export type CodeOptions = AddressRules;

const PREFIX = 'cove';
const VERSION = 1;
const KINDS = ['space', 'device'] as const;
const FLAG = { multiUse: 2, address: 4, url: 8, keeper: 16 } as const;
const KNOWN_FLAGS = FLAG.multiUse | FLAG.address | FLAG.url | FLAG.keeper; // 1 is reserved
const MINUTE = 60_000;
const CHECK = 4;
/** With a 64-byte URL and an address. */
const MAX_CODE = 192;
/** Nothing longer is searched for a code. */
const MAX_TEXT = 16_384;
const LINK = 'cove://join#';

/** The code's text. Throws CoveError('code-invalid') for what `decodeCode` would refuse. */
export function encodeCode(code: InvitationCode, options: CodeOptions = {}): string {
  const minutes = Math.floor(code.expires / MINUTE);
  const kind = KINDS.indexOf(code.kind);
  if (code.secret.length !== 16 || code.pkHash.length !== 16 || !(minutes >= 0 && minutes < 2 ** 32) || kind < 0) {
    throw invalid();
  }
  const body = concat(
    Uint8Array.of((VERSION << 4) | kind, flagsOf(code)),
    u32be(minutes),
    code.address ? addressBytes(code.address, options) : new Uint8Array(0),
    code.url === undefined ? new Uint8Array(0) : urlBytes(code.url, options),
    code.secret,
    code.pkHash,
  );
  return bech32m.encode(PREFIX, bech32m.toWords(concat(body, checkOf(body))), false);
}

/** The flags byte, which the handshake's prologue holds as well. */
export function flagsOf(code: Flagged): number {
  const { multiUse, address, url, keeper } = code;
  return (
    (multiUse ? FLAG.multiUse : 0) |
    (address ? FLAG.address : 0) |
    (url === undefined ? 0 : FLAG.url) |
    (keeper ? FLAG.keeper : 0)
  );
}

/** As a link: it only fills in the dialog for joining. */
export function codeLink(code: string): string {
  return LINK + code;
}

/**
 * Reads a code, a `cove://join#…` link, or text around one. Throws CoveError('code-newer') for a version, kind
 * or flag this build does not know, CoveError('code-invalid') for everything else that is not a whole code.
 */
export function decodeCode(text: string, options: CodeOptions = {}): InvitationCode {
  const code = findCode(text);
  if (code === null) throw invalid();
  return readBody(bodyOf(code), options);
}

/**
 * The invitation code in what a person pasted, in lower case, or null when nothing looks like one. What is
 * returned may still be damaged: `decodeCode` judges. A code that a mail program broke over lines is joined again.
 */
export function findCode(text: string): string | null {
  if (typeof text !== 'string' || text.length > MAX_TEXT) return null;
  const words = text.split(/\s+/).filter((word) => word !== '');
  let lookalike: string | null = null;
  for (const [i, word] of words.entries()) {
    const start = startOfCode(word);
    if (start === null) continue;
    let joined = start;
    for (let next = i + 1; ; next++) {
      const candidate = trimmed(joined);
      if (candidate !== null) {
        lookalike ??= candidate;
        if (isWhole(candidate)) return candidate;
      }
      const more = words[next];
      if (more === undefined || joined.length + more.length > MAX_CODE + 8) break;
      joined += more;
    }
  }
  return lookalike;
}

/** Six decimal digits, uniform: draws of 24 bits at or above 16,000,000 are thrown away. */
export function makeAuthCode(random: Random): string {
  for (;;) {
    const [a, b, c] = random.bytes(3) as unknown as [number, number, number];
    const draw = (a << 16) | (b << 8) | c;
    if (draw < 16_000_000) return String(draw % 1_000_000).padStart(6, '0');
  }
}

// ---------------------------------------------------------------- finding

/** The part of a word from `cove1` on. A word with a scheme counts only when it is exactly our link. */
function startOfCode(word: string): string | null {
  const bare = word.replace(/^[<([{"'“‘«*_`]+/, '');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(bare)) {
    const link = /^cove:\/\/join\/?#(.*)$/i.exec(bare); // no query, no user, no other host
    return link && /^cove1/i.test(link[1] as string) ? (link[1] as string) : null;
  }
  if (bare.includes('://')) return null; // a link inside something else: not ours to guess at
  return /(?:^|[^a-z0-9])(cove1.*)$/i.exec(bare)?.[1] ?? null;
}

/** Punctuation after the code dropped, an all-capital code (QR readers) in lower case; null when letters are mixed. */
function trimmed(text: string): string | null {
  const run = /^cove1[a-z0-9]+/i.exec(text)?.[0];
  if (run === undefined || (run.length < text.length && !/^[^a-z0-9]*$/i.test(text.slice(run.length)))) return null;
  if (run === run.toLowerCase()) return run;
  return run === run.toUpperCase() ? run.toLowerCase() : null;
}

function isWhole(code: string): boolean {
  return bech32m.decodeUnsafe(code, MAX_CODE) !== undefined;
}

// ---------------------------------------------------------------- reading

function bodyOf(code: string): Uint8Array {
  try {
    const { prefix, words } = bech32m.decode(code as `cove1${string}`, MAX_CODE);
    if (prefix === PREFIX) return bech32m.fromWords(words);
  } catch {
    // falls through: every reason is the same to the person who pasted it
  }
  throw invalid();
}

function readBody(bytes: Uint8Array, options: CodeOptions): InvitationCode {
  const [first, flags] = bytes;
  if (first === undefined || flags === undefined) throw invalid();
  const kind = KINDS[first & 15];
  if (first >> 4 !== VERSION) throw new CoveError('code-newer');
  const body = bytes.subarray(0, -CHECK);
  if (!equal(checkOf(body), bytes.subarray(-CHECK))) throw invalid();
  if (kind === undefined || (flags & ~KNOWN_FLAGS) !== 0) throw new CoveError('code-newer');

  let at = 2;
  const take = (length: number): Uint8Array => {
    if (at + length > body.length) throw invalid();
    return body.slice(at, (at += length));
  };
  const expires = numberOf(take(4)) * MINUTE;
  const address = flags & FLAG.address ? readAddress(take(6), options) : undefined;
  const url = flags & FLAG.url ? readUrl(take(take(1)[0] as number), options) : undefined;
  const secret = take(16);
  const pkHash = take(16);
  if (at !== body.length) throw invalid();
  return {
    kind,
    multiUse: (flags & FLAG.multiUse) !== 0,
    ...(flags & FLAG.keeper ? { keeper: true as const } : {}),
    expires,
    ...(address ? { address } : {}),
    ...(url === undefined ? {} : { url }),
    secret,
    pkHash,
  };
}

function readAddress(bytes: Uint8Array, options: CodeOptions): HostAddress {
  const address = { ip: bytes.subarray(0, 4).join('.'), port: numberOf(bytes.subarray(4)) };
  addressBytes(address, options);
  return address;
}

function addressBytes(address: HostAddress, options: CodeOptions): Uint8Array {
  if (!isNearAddress(address, options)) throw invalid();
  const { ip, port } = address;
  return Uint8Array.of(...ip.split('.').map(Number), port >> 8, port & 255);
}

function urlBytes(url: string, options: CodeOptions): Uint8Array {
  const bytes = utf8(url);
  readUrl(bytes, options);
  return concat(Uint8Array.of(bytes.length), bytes);
}

function readUrl(bytes: Uint8Array, options: CodeOptions): string {
  let url: string;
  try {
    url = fromUtf8(bytes);
  } catch {
    throw invalid();
  }
  if (!isBrokerUrl(url, options)) throw invalid();
  return url;
}

// ---------------------------------------------------------------- small parts

function checkOf(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, CHECK);
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function invalid(): CoveError {
  return new CoveError('code-invalid');
}
