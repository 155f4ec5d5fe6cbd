/** Published values of the primitives, with their sources. */
import { createCipheriv } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from '../bytes.ts';
import { SEAL_OVERHEAD, xchachaOpen, xchachaSeal } from './aead.ts';
import { boxKeyPair, boxOpen, boxSeal, openSealed, sealTo } from './box.ts';
import { hkdf, hmacSha256, hmacSha512, sha256, sha512 } from './hash.ts';
import { CipherState } from './noise.ts';
import { sign, signKeyPair, verify } from './sign.ts';
import type { KeyPair } from './sign.ts';
import { ready, sodium, wipe } from './sodium.ts';

beforeAll(ready);

const range = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('RFC 8032, section 7.1', () => {
  const cases = [
    {
      seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      pk: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      pk: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
    {
      seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      pk: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      signature:
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
  ];
  for (const [i, each] of cases.entries()) {
    test(`test ${i + 1}`, () => {
      const pair = signKeyPair(fromHex(each.seed));
      const message = fromHex(each.message);
      expect(toHex(pair.pk)).toBe(each.pk);
      expect(toHex(sign(pair.sk, message))).toBe(each.signature);
      expect(verify(pair.pk, fromHex(each.signature), message)).toBe(true);
      expect(verify(pair.pk, fromHex(each.signature), message, Uint8Array.of(0))).toBe(false);
    });
  }
});

test('RFC 7748, sections 5.2 and 6.1', () => {
  const product = (scalar: string, u: string) => toHex(sodium.crypto_scalarmult(fromHex(scalar), fromHex(u)));
  expect(
    product(
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    ),
  ).toBe('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
  expect(
    product(
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    ),
  ).toBe('95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957');
  const alice = boxKeyPair(fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
  const bob = boxKeyPair(fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  expect([toHex(alice.pk), toHex(bob.pk)]).toEqual([
    '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  ]);
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  expect([product(toHex(alice.sk), toHex(bob.pk)), product(toHex(bob.sk), toHex(alice.pk))]).toEqual([shared, shared]);
});

test('RFC 5869, appendix A.1 to A.3', () => {
  const ikm = new Uint8Array(22).fill(0x0b);
  expect(toHex(hkdf(ikm, range(0, 12), range(0xf0, 0xf9), 42))).toBe(
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  );
  expect(toHex(hkdf(range(0, 0x4f), range(0x60, 0xaf), range(0xb0, 0xff), 82))).toBe(
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  );
  expect(toHex(hkdf(ikm, new Uint8Array(0), '', 42))).toBe(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  );
});

test('FIPS 180-4 and RFC 4231: SHA-2 of “abc” and HMAC case 2', () => {
  expect(toHex(sha256(utf8('a'), utf8('bc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(toHex(sha512(utf8('abc')))).toBe(
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  );
  const [key, ...parts] = ['Jefe', 'what do ya want ', 'for nothing?'].map(utf8) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  expect(toHex(hmacSha256(key, ...parts))).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  expect(toHex(hmacSha512(key, ...parts))).toBe(
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  );
});

describe('draft-irtf-cfrg-xchacha-03, appendix A.3.1', () => {
  const key = range(0x80, 0x9f);
  const nonce = range(0x40, 0x57);
  const aad = fromHex('50515253c0c1c2c3c4c5c6c7');
  const plaintext = utf8(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const ciphertext =
    'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e' +
    'c0875924c1c7987947deafd8780acf49';

  test('seals and opens', () => {
    expect(toHex(xchachaSeal(key, nonce, aad, plaintext))).toBe(ciphertext);
    expect(xchachaOpen(key, nonce, aad, fromHex(ciphertext))).toEqual(plaintext);
  });
  test('every changed byte, another nonce or aad and a cut message give null', () => {
    for (let at = 0; at < plaintext.length + SEAL_OVERHEAD; at++) {
      const changed = fromHex(ciphertext);
      changed[at] = (changed[at] as number) ^ 1;
      expect(xchachaOpen(key, nonce, aad, changed)).toBeNull();
    }
    expect(xchachaOpen(key, range(0x41, 0x58), aad, fromHex(ciphertext))).toBeNull();
    expect(xchachaOpen(key, nonce, utf8('other'), fromHex(ciphertext))).toBeNull();
    for (const bytes of [new Uint8Array(0), fromHex(ciphertext).subarray(0, 15)])
      expect(xchachaOpen(key, nonce, aad, bytes)).toBeNull();
    expect(xchachaOpen(key, nonce.subarray(1), aad, fromHex(ciphertext))).toBeNull();
  });
});

describe('boxes', () => {
  const pairs = () => [1, 2].map((fill) => boxKeyPair(new Uint8Array(32).fill(fill))) as [KeyPair, KeyPair];
  const message = utf8('epoch keys');

  test('a sealed box is what libsodium’s own seal makes: opened by it, and its nonce by us', () => {
    const [recipient, sender] = pairs();
    const sealed = sealTo(recipient.pk, message, new Uint8Array(32).fill(3));
    expect(sodium.crypto_box_seal_open(sealed, recipient.pk, recipient.sk)).toEqual(message);
    expect(openSealed(recipient, sodium.crypto_box_seal(message, recipient.pk))).toEqual(message);
    expect(openSealed(sender, sealed)).toBeNull();
    expect(openSealed(recipient, sealed.subarray(0, 47))).toBeNull();
    expect(openSealed(recipient, sealed.subarray(1))).toBeNull();
  });

  test('an authenticated box opens only from its sender to its recipient', () => {
    const [recipient, sender] = pairs();
    const nonce = new Uint8Array(24).fill(4);
    const sealed = boxSeal(nonce, message, recipient.pk, sender.sk);
    expect(boxOpen(nonce, sealed, sender.pk, recipient.sk)).toEqual(message);
    expect(boxOpen(nonce, sealed, recipient.pk, recipient.sk)).toBeNull();
    expect(boxOpen(nonce, sealed.subarray(1), sender.pk, recipient.sk)).toBeNull();
    expect(boxOpen(nonce, sealed, new Uint8Array(32), recipient.sk)).toBeNull();
    expect(boxOpen(nonce.subarray(1), sealed, sender.pk, recipient.sk)).toBeNull();
  });
});

test('a cipher’s nonce is the counter in little-endian order after four zero bytes, as OpenSSL seals it', () => {
  const key = range(1, 32);
  const cipher = new CipherState(key.slice());
  for (let counter = 0; counter < 300; counter++) {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32LE(counter, 4);
    const other = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
    other.setAAD(Buffer.from('ad'), { plaintextLength: 4 });
    const expected = Buffer.concat([other.update('text'), other.final(), other.getAuthTag()]);
    expect(toHex(cipher.encrypt(utf8('ad'), utf8('text')))).toBe(expected.toString('hex'));
  }
});

test('wiping leaves zeros', () => {
  const [one, two] = [range(1, 5), range(1, 3)];
  wipe(one, two);
  expect([one, two]).toEqual([new Uint8Array(5), new Uint8Array(3)]);
});
