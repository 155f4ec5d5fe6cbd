/**
 * libsodium against noble, an independent implementation, on random inputs. COVE_DIFFERENTIAL_CASES sets how many
 * (the proof run: 10,000). The seed is printed when a case differs.
 */
import { ed25519, ristretto255, ristretto255_hasher, x25519 } from '@noble/curves/ed25519.js';
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { toHex, utf8 } from '../bytes.ts';
import { cpaceGenerator, cpaceStart, scalarMultVerify } from './cpace.ts';
import { hkdf, hmacSha256, hmacSha512, sha256, sha512 } from './hash.ts';
import { sign, signKeyPair, verify } from './sign.ts';
import { ready, sodium } from './sodium.ts';

beforeAll(ready);

/** Six comparisons, so a sixth of the cases each. */
const numRuns = Math.ceil(Number(process.env['COVE_DIFFERENTIAL_CASES'] ?? 360) / 6);
const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const same = (ours: Uint8Array, theirs: Uint8Array) => expect(toHex(ours)).toBe(toHex(theirs));

test('SHA-256 and SHA-512', () => {
  fc.assert(
    fc.property(bytes(300), (data) => {
      same(sha256(data), nobleSha256(data));
      same(sha512(data), nobleSha512(data));
    }),
    { numRuns },
  );
});

test('HMAC with keys of any length', () => {
  fc.assert(
    fc.property(bytes(200), bytes(200), (key, data) => {
      same(hmacSha256(key, data), hmac(nobleSha256, key, data));
      same(hmacSha512(key, data), hmac(nobleSha512, key, data));
    }),
    { numRuns },
  );
});

test('HKDF', () => {
  fc.assert(
    fc.property(bytes(80), bytes(80), fc.string(), fc.integer({ min: 1, max: 200 }), (ikm, salt, info, length) => {
      same(hkdf(ikm, salt, info, length), nobleHkdf(nobleSha256, ikm, salt, utf8(info), length));
    }),
    { numRuns },
  );
});

test('Ed25519', () => {
  fc.assert(
    fc.property(exactly(32), bytes(100), fc.nat(63), (seed, message, at) => {
      const pair = signKeyPair(seed);
      same(pair.pk, ed25519.getPublicKey(seed));
      const signature = sign(pair.sk, message);
      same(signature, ed25519.sign(message, seed));
      expect(verify(pair.pk, signature, message)).toBe(true);
      signature[at] = (signature[at] as number) ^ 1;
      expect(verify(pair.pk, signature, message)).toBe(false);
    }),
    { numRuns },
  );
});

test('X25519', () => {
  fc.assert(
    fc.property(exactly(32), exactly(32), (one, other) => {
      same(sodium.crypto_scalarmult_base(one), x25519.getPublicKey(one));
      const pk = x25519.getPublicKey(other);
      same(sodium.crypto_scalarmult(one, pk), x25519.getSharedSecret(one, pk));
    }),
    { numRuns },
  );
});

test('CPace’s generator, shares and products on ristretto255', () => {
  const ORDER = ristretto255.Point.Fn.ORDER;
  const scalar = (secret: Uint8Array) => secret.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n) % ORDER;
  fc.assert(
    fc.property(bytes(20), bytes(60), bytes(60), exactly(32), exactly(64), (prs, ci, sid, random, uniform) => {
      const input = { prs, ci, sid };
      const generator = ristretto255.Point.fromBytes(cpaceGenerator(input));
      const { secret, share } = cpaceStart(input, random);
      fc.pre(scalar(secret) !== 0n);
      same(share, generator.multiply(scalar(secret)).toBytes());
      const element = ristretto255_hasher.deriveToCurve!(uniform);
      same(sodium.crypto_core_ristretto255_from_hash(uniform), element.toBytes());
      same(scalarMultVerify(secret, element.toBytes())!, element.multiply(scalar(secret)).toBytes());
    }),
    { numRuns },
  );
});
