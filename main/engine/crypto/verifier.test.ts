/**
 * There is one Ed25519 verifier in Cove. Other libraries give other answers to the same crafted signatures; this pins
 * down ours, and shows in the same run that the crafted signatures are real ones for a verifier of another mind.
 */
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { beforeAll, expect, test } from 'vitest';
import { concat, fromHex, utf8 } from '../bytes.ts';
import { verify } from './sign.ts';
import { ready } from './sodium.ts';

beforeAll(ready);

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const message = utf8('hello');
const torsion = Point.fromHex(ED25519_TORSION_SUBGROUP[1] as string, true);

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}
function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

interface Crafted {
  readonly pk: Uint8Array;
  readonly signature: Uint8Array;
}
/**
 * A signature made by hand, so that A and R may carry what an honest signer never puts there. Only an odd challenge
 * is taken: times an even one, part of the torsion in A would vanish and every verifier might agree by chance.
 */
function crafted(change: { a?: typeof Point.BASE; r?: typeof Point.BASE; s?: bigint }): Crafted {
  for (let attempt = 0; ; attempt++) {
    const nonce = fromLittleEndian(sha512(utf8(`nonce ${attempt}`))) % ORDER;
    const pk = Point.BASE.multiply(secret)
      .add(change.a ?? Point.ZERO)
      .toBytes();
    const r = Point.BASE.multiply(nonce)
      .add(change.r ?? Point.ZERO)
      .toBytes();
    const challenge = fromLittleEndian(sha512(concat(r, pk, message))) % ORDER;
    if (challenge % 2n === 0n) continue;
    const s = ((nonce + challenge * secret) % ORDER) + (change.s ?? 0n);
    return { pk, signature: concat(r, littleEndian(s)) };
  }
}
const secret = fromLittleEndian(sha512(utf8('secret scalar'))) % ORDER;
const identity = fromHex(`01${'00'.repeat(31)}`);

const CASES = [
  { name: 'an honest signature', ...crafted({}), ours: true, lax: true },
  { name: 'R with a torsion component', ...crafted({ r: torsion }), ours: false, lax: true },
  { name: 'A with a torsion component', ...crafted({ a: torsion }), ours: false, lax: true },
  { name: 'S beyond the group order', ...crafted({ s: ORDER }), ours: false, lax: false },
  {
    name: 'A and R the identity, S = 0',
    pk: identity,
    signature: concat(identity, new Uint8Array(32)),
    ours: false,
    lax: true,
  },
] as const;

for (const { name, pk, signature, ours, lax } of CASES) {
  test(`${name} is ${ours ? 'accepted' : 'refused'}`, () => {
    expect(verify(pk, signature, message)).toBe(ours);
    expect(ed25519.verify(signature, message, pk), 'ZIP 215, the control').toBe(lax);
  });
}

test('keys and signatures of wrong lengths are refused without an exception', () => {
  const { pk, signature } = CASES[0];
  for (const wrong of [new Uint8Array(0), pk.subarray(1), concat(pk, Uint8Array.of(0))]) {
    expect(verify(wrong, signature, message)).toBe(false);
  }
  for (const wrong of [new Uint8Array(0), signature.subarray(1), concat(signature, Uint8Array.of(0))]) {
    expect(verify(pk, wrong, message)).toBe(false);
  }
});
