/** What is kept of a chain that is too long is a function of the set: against that function, written down without haste. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { admission } from '../../../test/engine/admission.ts';
import { compare, equal, toHex, utf8 } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { deviceKeys, identityId as identityIdOf } from '../crypto/keys.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import { signKeyPair } from '../crypto/sign.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { ready } from '../crypto/sodium.ts';
import { BoundedChain } from './bounded-chain.ts';
import {
  CERT_KIND,
  CERT_LIMITS,
  isAuthentic,
  makeDeviceRevoke,
  makeGenesis,
  makeProfileSet,
  readCert,
} from './cert.ts';
import type { Certificate } from './cert.ts';
import { ChainFault, verifyChain } from './chain.ts';

let root: KeyPair;
let me: Uint8Array;
let genesis: Uint8Array;
let devices: DeviceKeys[];

beforeAll(async () => {
  await ready();
  root = signKeyPair(new Uint8Array(32).fill(1));
  me = identityIdOf(root.pk);
  genesis = makeGenesis(root);
  devices = Array.from({ length: 4 }, (_, i) => deviceKeys(sha256(utf8(`device ${i}`))));
});

const read = (bytes: Uint8Array): Certificate => readCert(bytes) as Certificate;

/** A statement of a random history: who speaks, about which device, having seen which earlier statements. */
const step = fc.record({
  kind: fc.constantFrom('admit', 'admit', 'revoke', 'profile', 'profile'),
  by: fc.constantFrom(-1, 0, 0, 0, 1, 1, 2, 3),
  target: fc.nat(3),
  back: fc.array(fc.nat(8), { minLength: 1, maxLength: 3 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function history(steps: readonly Step[]): Uint8Array[] {
  const certs = [genesis];
  for (const [i, { kind, by, target, back }] of steps.entries()) {
    const signer = by < 0 ? root : (devices[by] as DeviceKeys).sign;
    const keys = devices[target] as DeviceKeys;
    const named = back.map((far) => read(certs[Math.max(0, certs.length - 1 - far)] as Uint8Array).hash);
    const past = [...new Map(named.map((hash) => [toHex(hash), hash])).values()].sort(compare);
    if (kind === 'admit') certs.push(admission({ by: signer, identityId: me, keys, name: `d${i}`, past }));
    else if (kind === 'revoke') certs.push(makeDeviceRevoke(signer, me, keys.sign.pk, past));
    else certs.push(makeProfileSet(signer, me, { name: `n${i}`, avatar: '' }, past));
  }
  return certs;
}

/** The same statement, signed by nobody. */
function forged(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice();
  out[out.length - 1] = (out[out.length - 1] as number) ^ 1;
  return out;
}

/** Of a set of certificates all whose past is there, with that past: a set of hashes each. */
function whole(certs: readonly Certificate[]): Map<Hex, { cert: Certificate; depth: number; past: Set<Hex> }> {
  const found = new Map<Hex, { cert: Certificate; depth: number; past: Set<Hex> }>();
  for (let more = true; more;) {
    more = false;
    for (const cert of certs) {
      const prev = cert.prev.map((hash) => found.get(toHex(hash)));
      if (found.has(toHex(cert.hash)) || prev.includes(undefined)) continue;
      const past = new Set(cert.prev.map(toHex));
      for (const before of prev) for (const hash of before?.past ?? []) past.add(hash);
      found.set(toHex(cert.hash), { cert, depth: Math.max(-1, ...prev.map((one) => one?.depth ?? 0)) + 1, past });
      more = true;
    }
  }
  return found;
}

/** What is kept, by the text of protocol §5.1. */
function expected(certs: readonly Uint8Array[], most: number): Hex[] {
  const all = whole(certs.map(read).filter((cert) => isAuthentic(cert, me)));
  const fitting = [...all].filter(([, { past }]) => past.size < most);
  if (fitting.length <= most) return fitting.map(([hash]) => hash).sort();
  const order = (a: Hex, b: Hex): number => {
    const [one, other] = [all.get(a)!, all.get(b)!];
    return one.depth - other.depth || (a < b ? -1 : 1);
  };
  const admission = ({ cert, past }: { cert: Certificate; past: Set<Hex> }): Hex | undefined =>
    [...past]
      .filter((hash) => {
        const before = all.get(hash)!.cert;
        return before.kind === CERT_KIND.admit && equal(before.deviceId, cert.by) && speaks(hash);
      })
      .sort(order)[0];
  const speaks = (hash: Hex): boolean => {
    const one = all.get(hash)!;
    return (equal(one.cert.by, root.pk) || admission(one) !== undefined) && [...one.past].every(speaks);
  };
  const key = (hash: Hex): [Hex, number, Hex] => {
    const one = all.get(hash)!;
    const author = equal(one.cert.by, root.pk) ? toHex(read(genesis).hash) : admission(one)!;
    return [author, one.cert.kind === CERT_KIND.revoke ? 0 : 1, hash];
  };
  const sorted = fitting
    .map(([hash]) => hash)
    .filter(speaks)
    .sort((a, b) => {
      const [[x, isRevocation], [y, isOther]] = [key(a), key(b)];
      return (x === y ? 0 : order(x, y)) || isRevocation - isOther || order(a, b);
    });
  let kept = new Set<Hex>();
  for (const hash of sorted) {
    const more = new Set([...kept, hash, ...all.get(hash)!.past]);
    if (more.size > most) break;
    kept = more;
  }
  return [...kept].sort();
}

const hashes = (certs: readonly Uint8Array[]): Hex[] => certs.map((bytes) => toHex(read(bytes).hash)).sort();

test('in any order, with forged copies among them and asked at any time, it is the same that is kept', () => {
  const seen = { over: 0, within: 0 };
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 2, maxLength: 26 }),
      fc.integer({ min: 3, max: 9 }),
      fc.infiniteStream(fc.nat()),
      (steps, most, draws) => {
        const draw = (below: number): number => draws.next().value % below;
        const admitted = history([{ kind: 'admit', by: -1, target: 0, back: [0] }, ...steps]);
        const certs = admitted.filter((_, i) => i < 2 || draw(20) > 0);
        const copies = certs.filter(() => draw(2) === 0);
        const signed = certs.filter((bytes) => !copies.includes(bytes) || draw(5) > 0);
        const arriving = [...signed, ...copies.map(forged)]
          .map((bytes) => ({ bytes, at: draw(1_000) }))
          .sort((a, b) => a.at - b.at)
          .map(({ bytes }) => bytes);
        const chain = new BoundedChain(me, isAuthentic, most);
        for (const [i, bytes] of arriving.entries()) {
          chain.add(read(bytes));
          if (draw(4) === 0) expect(hashes(chain.certs())).toEqual(expected(arriving.slice(0, i + 1), most));
        }
        const kept = expected(arriving, most);
        expect(hashes(chain.certs())).toEqual(kept);
        expect(chain.certs().every((bytes) => isAuthentic(read(bytes), me))).toBe(true);
        seen[whole(signed.map(read)).size > most ? 'over' : 'within']++;
      },
    ),
    { numRuns: 1_000 },
  );
  expect(Math.min(seen.over, seen.within)).toBeGreaterThan(20);
});

test('within the limits it is all whose past is there, and says what that says', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (steps, draws) => {
      const certs = history(steps).filter((_, i) => i === 0 || draws.next().value % 10 > 0);
      const chain = new BoundedChain(me);
      for (const bytes of [...certs].sort(() => (draws.next().value % 3) - 1)) chain.add(read(bytes));
      const all = [...whole(certs.map(read)).values()].map(({ cert }) => cert.bytes);
      const [is, was] = [verifyChain(chain.certs()), verifyChain(all)];
      expect(is).toEqual(was);
      expect(is).not.toBeInstanceOf(ChainFault);
      expect(all.length).toBeLessThanOrEqual(CERT_LIMITS.certs);
    }),
    { numRuns: 100 },
  );
});
