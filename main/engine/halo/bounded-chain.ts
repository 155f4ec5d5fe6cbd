/**
 * Which certificates of an identity are kept when there are more than a chain may have. A stolen device can sign as many
 * statements as it likes; they must never crowd out the one that revokes it. So room is given by seniority: to the root
 * first, then to each device before those it may revoke, and to a device's revocations before the rest of what it says.
 *
 * A function of the set, in whatever order it comes. The place of a statement in that order follows from its own past
 * alone, and kept is all up to the first with which it would be more than a chain may have: what stands behind that one
 * stays out whatever else comes. So it costs no signature check and no judgement; its bytes stay, for those that name it.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { identityId as identityIdOf } from '../crypto/keys.ts';
import { CERT_KIND, CERT_LIMITS, isAuthentic, readCert } from './cert.ts';
import type { Certificate } from './cert.ts';

/** A certificate that one was told of. */
interface Told {
  readonly hash: Hex;
  /** null: it can never count, or its signature was wrong. */
  bytes: Uint8Array | null;
  isAuthentic: boolean;
  /** undefined while something of its past is missing. */
  place: Place | undefined;
  /** No chain has it, whatever else comes. */
  never: boolean;
  /** The walk that came by last. */
  walk: number;
}
/** What follows from the certificate and its past, signatures aside. */
interface Place {
  readonly prev: readonly Told[];
  readonly depth: number;
  /** Its author, and those of its whole past, had been admitted. */
  readonly speaks: boolean;
  readonly hash: Hex;
  /** Place of its author's first admission in its past; undefined for the root. */
  readonly author: Place | undefined;
  readonly isRevocation: boolean;
  readonly admits: Hex | undefined;
}
type Whole = Told & { place: Place };

/**
 * Of one that was added: it cannot be in the chain, or only where one names it that is; else whether it was here before.
 */
export type Standing = 'never' | 'behind' | 'new' | 'known';

export class BoundedChain {
  readonly #identityId: Uint8Array;
  readonly #authentic: typeof isAuthentic;
  readonly #most: number;
  readonly #told = new Map<Hex, Told>();
  /** What is missing → those that wait for it. */
  readonly #waiting = new Map<Hex, Told[]>();
  /** What may be kept: everything that is whole until that is more than a chain has, then what stands before the barrier. */
  #candidates: Whole[] = [];
  #isOver = false;
  #root: Hex | undefined;
  /** The first that has no room. */
  #barrier: Place | undefined;
  #stale = false;
  #kept: ReadonlySet<Whole> = new Set();
  #bytes: readonly Uint8Array[] = [];
  #walks = 0;

  /** `most` certificates of a chain; other ones than CERT_LIMITS.certs are for tests. */
  constructor(identityId: Uint8Array, authentic: typeof isAuthentic = isAuthentic, most: number = CERT_LIMITS.certs) {
    this.#identityId = identityId;
    this.#authentic = authentic;
    this.#most = most;
  }

  /** Takes one in, its signature unchecked. */
  add(cert: Certificate): Standing {
    if (cert.kind === CERT_KIND.genesis && !equal(identityIdOf(cert.by), this.#identityId)) return 'never';
    if (cert.kind === CERT_KIND.genesis) this.#root = toHex(cert.by);
    const hash = toHex(cert.hash);
    let told = this.#told.get(hash);
    let isNew = told === undefined;
    if (told === undefined) {
      told = { hash, bytes: cert.bytes, isAuthentic: false, place: undefined, never: false, walk: 0 };
      this.#told.set(hash, told);
      this.#settle(told);
    } else if (!told.never && !this.#isServed(told, cert.bytes)) {
      isNew = true;
      told.bytes = cert.bytes;
      this.#settle(told);
    }
    if (told.never) return 'never';
    if (this.#isOver && told.place && !this.#hasHope(told as Whole) && !this.#kept.has(told as Whole)) return 'behind';
    return isNew ? 'new' : 'known';
  }

  /** What a chain has of all this, each after its past; the same array as long as it is the same. */
  certs(): readonly Uint8Array[] {
    this.#choose();
    return this.#bytes;
  }

  /** Authentic ones whose past is missing, no more than a chain may have; none when there is more than that without them. */
  unrooted(): readonly Uint8Array[] {
    const found: Uint8Array[] = [];
    this.#choose();
    if (this.#isOver) return found;
    for (const told of this.#told.values()) {
      if (found.length === this.#most) break;
      if (told.place === undefined && !told.never && this.#check(told)) found.push(told.bytes as Uint8Array);
    }
    return found;
  }

  /** Whether nobody needs to tell of it any more: it is here with the right signature, or has no signature to help it. */
  has(hash: Hex): boolean {
    const told = this.#told.get(hash);
    return told !== undefined && (told.never || this.#check(told));
  }

  /** Whether it is in the chain, or would be if its past were here. */
  counts(hash: Hex): boolean {
    this.#choose();
    const told = this.#told.get(hash);
    if (told === undefined) return false;
    return this.#kept.has(told as Whole) || (!this.#isOver && told.place === undefined && this.#check(told));
  }

  // ---------------------------------------------------------------- what comes in

  /** Whether other bytes of the same statement add nothing. */
  #isServed(told: Told, bytes: Uint8Array): boolean {
    if (told.isAuthentic) return true;
    return told.bytes !== null && (equal(told.bytes, bytes) || this.#check(told));
  }

  #check(told: Told): boolean {
    if (told.isAuthentic || told.bytes === null) return told.isAuthentic;
    told.isAuthentic = this.#authentic(readCert(told.bytes) as Certificate, this.#identityId);
    if (told.isAuthentic) return true;
    // As if it had never come.
    told.bytes = null;
    told.place = undefined;
    return false;
  }

  /** Gives it its place, then those that waited for it. */
  #settle(first: Told): void {
    const queue = [first];
    for (let told = queue.pop(); told; told = queue.pop()) {
      if (told.place === undefined && !told.never && !this.#place(told)) continue;
      for (const waiter of this.#waiting.get(told.hash) ?? []) queue.push(waiter);
      this.#waiting.delete(told.hash);
    }
  }

  /** False while something is missing. */
  #place(told: Told): boolean {
    if (told.bytes === null) return false;
    const cert = readCert(told.bytes) as Certificate;
    const prev: Told[] = [];
    for (const bytes of cert.prev) {
      const hash = toHex(bytes);
      const before = this.#told.get(hash);
      if (!before || !(before.place || before.never)) return this.#await(told, hash);
      prev.push(before);
    }
    const past = prev.some(({ never }) => never) ? undefined : this.#past(prev);
    if (past === undefined || past.length >= this.#most) {
      drop(told);
      return true;
    }
    const gap = past.find(({ place }) => place === undefined);
    if (gap) return this.#await(told, gap.hash);
    told.place = placeOf(cert, told.hash, this.#root, prev as Whole[], past as Whole[]);
    if (this.#isOver && !told.place.speaks) drop(told);
    else if (this.#hasHope(told as Whole)) {
      this.#candidates.push(told as Whole);
      this.#stale = true;
    }
    return true;
  }

  #await(told: Told, hash: Hex): false {
    told.place = undefined;
    const others = this.#waiting.get(hash);
    if (others) others.push(told);
    else this.#waiting.set(hash, [told]);
    return false;
  }

  /** These and all before them that is not kept yet; no further than a chain's worth, nor past what has no place. */
  #past(last: readonly Told[], kept?: ReadonlySet<Told>): Told[] {
    const walk = ++this.#walks;
    const past: Told[] = [];
    const ahead = [...last];
    for (let told = ahead.pop(); told && past.length < this.#most; told = ahead.pop()) {
      if (told.walk === walk || kept?.has(told)) continue;
      told.walk = walk;
      past.push(told);
      if (told.place) ahead.push(...told.place.prev);
    }
    return past;
  }

  #hasHope(told: Whole): boolean {
    return this.#barrier === undefined || bySeniority(told.place, this.#barrier) < 0;
  }

  // ---------------------------------------------------------------- what is kept

  #choose(): void {
    if (!this.#stale) return;
    this.#stale = false;
    const kept = (this.#isOver ? undefined : this.#everything()) ?? this.#foremost();
    if (kept.size === this.#kept.size && [...kept].every((told) => this.#kept.has(told as Whole))) return;
    this.#kept = kept;
    this.#bytes = [...kept].sort((a, b) => byDepth(a.place, b.place)).map(({ bytes }) => bytes as Uint8Array);
  }

  /** All that is whole and authentic; undefined, for ever, when that is more than a chain may have. */
  #everything(): ReadonlySet<Whole> | undefined {
    const kept = new Set<Whole>();
    for (const told of this.#inOrder(byDepth)) {
      const gap = told.place.prev.find(({ place }) => place === undefined);
      if (gap) this.#await(told, gap.hash);
      else if (this.#check(told)) kept.add(told);
      if (kept.size > this.#most) break;
    }
    if (kept.size <= this.#most) {
      this.#candidates = [...kept];
      return kept;
    }
    this.#isOver = true;
    for (const told of this.#told.values()) if (told.place?.speaks === false) drop(told);
    return undefined;
  }

  /** Each once, without those that have lost their place since. */
  #inOrder(order: (a: Place, b: Place) => number): readonly Whole[] {
    const placed = [...new Set<Told>(this.#candidates)].filter((told): told is Whole => told.place !== undefined);
    return placed.sort((a, b) => order(a.place, b.place));
  }

  /** In the order of seniority, each with its whole past, as many as there is room for. */
  #foremost(): ReadonlySet<Whole> {
    const kept = new Set<Whole>();
    const candidates: Whole[] = [];
    for (const told of this.#inOrder(bySeniority)) {
      const more = this.#past([told], kept);
      const gap = more.find((one) => one.place === undefined || !this.#check(one));
      if (gap) {
        if (gap !== told) this.#await(told, gap.hash);
        continue;
      }
      if (kept.size + more.length > this.#most) {
        this.#barrier = told.place;
        break;
      }
      for (const one of more) kept.add(one as Whole);
      candidates.push(told);
    }
    this.#candidates = candidates;
    return kept;
  }
}

/** It is in no chain with any signature: what is left is that it was told. */
function drop(told: Told): void {
  told.never = true;
  told.bytes = null;
  told.place = undefined;
}

function placeOf(cert: Certificate, hash: Hex, root: Hex | undefined, prev: Whole[], past: readonly Whole[]): Place {
  const by = toHex(cert.by);
  const admissions = past.map(({ place }) => place).filter(({ admits, speaks }) => admits === by && speaks);
  const author = by === root ? undefined : admissions.sort(byDepth)[0];
  return {
    prev,
    depth: prev.length === 0 ? 0 : 1 + Math.max(...prev.map(({ place }) => place.depth)),
    speaks: (by === root || author !== undefined) && prev.every(({ place }) => place.speaks),
    hash,
    author,
    isRevocation: cert.kind === CERT_KIND.revoke,
    admits: cert.kind === CERT_KIND.admit ? toHex(cert.deviceId) : undefined,
  };
}

/** The root's first, then by the author's admission; of one author's its revocations first. */
function bySeniority(a: Place, b: Place): number {
  const [one, other] = [a.author, b.author];
  const senior = one && other ? byDepth(one, other) : Number(one !== undefined) - Number(other !== undefined);
  return senior || Number(b.isRevocation) - Number(a.isRevocation) || byDepth(a, b);
}

function byDepth(a: Place, b: Place): number {
  return a.depth - b.depth || compareHex(a.hash, b.hash);
}

function compareHex(a: Hex, b: Hex): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * Whether a chain has room for one statement more. Revocations and the root's have all of it; everything else shares
 * three quarters, and one device gets a quarter: what a device fills leaves the others theirs.
 */
export function hasRoom(
  chain: readonly Certificate[],
  next: Pick<Certificate, 'kind' | 'by'>,
  root: Uint8Array,
): boolean {
  if (chain.length >= CERT_LIMITS.certs) return false;
  if (next.kind === CERT_KIND.revoke || equal(next.by, root)) return true;
  const ordinary = chain.filter((cert) => cert.kind !== CERT_KIND.revoke && !equal(cert.by, root));
  if (ordinary.length >= CERT_LIMITS.ordinary) return false;
  return ordinary.filter((cert) => equal(cert.by, next.by)).length < CERT_LIMITS.ordinaryPerDevice;
}
