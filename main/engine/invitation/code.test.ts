import { bech32m } from '@scure/base';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { concat } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { ready } from '../crypto/sodium.ts';
import { CoveError } from '../errors.ts';
import { codeLink, decodeCode, encodeCode, findCode, makeAuthCode } from './code.ts';
import type { InvitationCode } from './code.ts';

beforeAll(ready);

const plain: InvitationCode = {
  kind: 'space',
  multiUse: false,
  expires: 1_750_000_000_000 - (1_750_000_000_000 % 60_000),
  secret: Uint8Array.from({ length: 16 }, (_, i) => i),
  pkHash: Uint8Array.from({ length: 16 }, (_, i) => 255 - i),
};
const home = { ip: '192.168.178.20', port: 18830 };
const url = `mqtts://broker.example.org:8883/${'x'.repeat(32)}`;

/** A code around a body that an honest encoder would not write. */
function forged(body: readonly number[]): string {
  const bytes = Uint8Array.from(body);
  return bech32m.encode('cove', bech32m.toWords(concat(bytes, sha256(bytes).subarray(0, 4))), false);
}
const rest = Array.from({ length: 36 }, () => 7); // expiry, secret, pkHash
const typeOf = (text: string, loopback = false): string => {
  try {
    decodeCode(text, { loopback });
    return 'accepted';
  } catch (error) {
    return error instanceof CoveError ? error.type : String(error);
  }
};

test('codes have the lengths of the protocol and come back whole', () => {
  const variants: InvitationCode[] = [
    plain,
    { ...plain, address: home },
    { ...plain, url },
    { ...plain, kind: 'device', multiUse: true, address: home, url },
    { ...plain, keeper: true },
  ];
  expect(variants.map((each) => encodeCode(each).length)).toEqual([79, 88, 183, 192, 79]);
  for (const each of variants) expect(decodeCode(encodeCode(each))).toEqual(each);
});

test('an arbitrary valid code comes back whole', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.boolean(),
      fc.option(fc.tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 1, max: 65535 })), { nil: undefined }),
      (secret, minutes, multiUse, host) => {
        const code: InvitationCode = {
          ...plain,
          secret,
          multiUse,
          expires: minutes * 60_000,
          ...(host ? { address: { ip: `10.0.${host[0]}.${host[1]}`, port: host[2] } } : {}),
        };
        expect(decodeCode(encodeCode(code))).toEqual(code);
      },
    ),
    { numRuns: 200 },
  );
});

test('every changed, missing or added character is noticed', () => {
  const code = encodeCode({ ...plain, address: home });
  for (let at = 5; at < code.length; at++) {
    const other = code[at] === 'q' ? 'p' : 'q';
    expect(typeOf(code.slice(0, at) + other + code.slice(at + 1))).toBe('code-invalid');
    expect(typeOf(code.slice(0, at) + code.slice(at + 1))).toBe('code-invalid');
  }
});

describe('addresses', () => {
  test('only private and link-local ones are valid, loopback only where it is allowed', () => {
    const judge = (ip: string, loopback = false) =>
      typeOf(
        forged([0x10, 4, ...rest.slice(0, 4), ...ip.split('.').map(Number), 0x49, 0x8e, ...rest.slice(4)]),
        loopback,
      );
    const accepted = ['10.1.2.3', '172.16.0.1', '172.31.255.254', '192.168.0.1', '169.254.9.9'];
    const refused = [
      '8.8.8.8',
      '172.15.0.1',
      '172.32.0.1',
      '192.169.0.1',
      '169.253.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '127.0.0.1',
    ];
    expect(accepted.map((ip) => judge(ip))).toEqual(accepted.map(() => 'accepted'));
    expect(refused.map((ip) => judge(ip))).toEqual(refused.map(() => 'code-invalid'));
    expect(judge('127.0.0.1', true)).toBe('accepted');
    expect(() => encodeCode({ ...plain, address: { ip: '127.0.0.1', port: 1 } })).toThrow(CoveError);
    expect(() => encodeCode({ ...plain, address: { ip: '10.0.0.01', port: 1 } })).toThrow(CoveError);
  });

  test('port 0 is refused', () => {
    expect(typeOf(forged([0x10, 4, ...rest.slice(0, 4), 10, 0, 0, 1, 0, 0, ...rest.slice(4)]))).toBe('code-invalid');
  });
});

test('only plain mqtts URLs of at most 64 bytes are valid', () => {
  const judge = (text: string) =>
    typeOf(
      forged([0x10, 8, ...rest.slice(0, 4), text.length, ...[...text].map((c) => c.charCodeAt(0)), ...rest.slice(4)]),
    );
  const accepted = ['mqtts://a.example', 'mqtts://a.example:8884/x', 'mqtts://[fd00::1]:8883', 'mqtts://10.0.0.1'];
  const refused = [
    '',
    'mqtt://a.example',
    'https://a.example',
    'mqtts://',
    'mqtts://user@a.example',
    'mqtts://a.example?x',
    'mqtts://a.example#x',
    'mqtts://A.example',
    'mqtts://a.example:0',
    'mqtts://a.example:65536',
    'mqtts://a..example',
    'mqtts://a.example/ x',
    `mqtts://${'a'.repeat(57)}`,
  ];
  expect(accepted.map(judge)).toEqual(accepted.map(() => 'accepted'));
  expect(refused.map(judge)).toEqual(refused.map(() => 'code-invalid'));
});

test('unknown versions, kinds and flags are from a newer Cove; a wrong inner check or length is damage', () => {
  expect(typeOf(forged([0x10, 0, ...rest]))).toBe('accepted');
  expect(typeOf(forged([0x20, 0, 1, 2, 3]))).toBe('code-newer');
  expect(typeOf(forged([0x12, 0, ...rest]))).toBe('code-newer');
  for (const flags of [1, 32, 64, 128]) expect(typeOf(forged([0x10, flags, ...rest]))).toBe('code-newer');
  expect(typeOf(forged([0x10, 0, ...rest, 0]))).toBe('code-invalid');
  expect(typeOf(forged([0x10, 0, ...rest.slice(1)]))).toBe('code-invalid');
  expect(typeOf(bech32m.encode('cove', [], false))).toBe('code-invalid');
  const bytes = Uint8Array.from([0x10, 0, ...rest, 0, 0, 0, 0]);
  expect(typeOf(bech32m.encode('cove', bech32m.toWords(bytes), false))).toBe('code-invalid');
  const fits = Uint8Array.from([0x10, 0, ...rest]);
  const whole = concat(fits, sha256(fits).subarray(0, 4));
  expect(typeOf(bech32m.encode('cove', bech32m.toWords(whole), false))).toBe('accepted');
  expect(typeOf(bech32m.encode('cove1a', bech32m.toWords(whole), false))).toBe('code-invalid');
  expect(typeOf(bech32m.encode('dove', bech32m.toWords(bytes), false))).toBe('code-invalid');
});

describe('finding a code in what a person pasted', () => {
  const code = () => encodeCode({ ...plain, address: home });

  test('bare, in a link, in a sentence, in brackets, broken over lines or in capitals', () => {
    const c = code();
    const texts = [
      c,
      `  ${c}\n`,
      codeLink(c),
      `COVE://join/#${c}`,
      `Join me: ${codeLink(c)}.`,
      `the code is "${c}", see you`,
      `<${codeLink(c)}>`,
      `code:${c}!`,
      `Hello\n${c.slice(0, 40)}\n${c.slice(40)}\nBye`,
      `cove1 is how it starts: ${c}`,
      c.toUpperCase(),
    ];
    expect(texts.map(findCode)).toEqual(texts.map(() => c));
  });

  test('not in other links, nor with mixed letters, nor inside a word', () => {
    const c = code();
    const texts = [
      '',
      'cove1',
      'hello',
      `https://example.org/#${c}`,
      `see:https://example.org/#${c}`,
      `cove://settings#${c}`,
      `cove://join.example.org#${c}`,
      `cove://user@join#${c}`,
      `cove://join?x#${c}`,
      `cove://join#x${c}`,
      `x${c}`,
      c.slice(0, 20) + c.slice(20).toUpperCase(),
      'cove1q '.repeat(5000),
    ];
    const found = texts.map((text) => typeOf(text));
    expect(found).toEqual(texts.map(() => 'code-invalid'));
    expect(findCode(`https://example.org/#${c}`)).toBeNull();
  });

  test('any text is answered, and without an unexpected error', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), fc.string({ maxLength: 200 }), (before, after) => {
        expect(['code-invalid', 'code-newer', 'accepted']).toContain(typeOf(`${before}cove1${after}`));
      }),
      { numRuns: 500 },
    );
    // Worst cases of joining broken lines: a search that grows with the square of the text would not end in the test's time.
    expect(findCode('cove1q'.repeat(2700))).not.toBeUndefined();
    expect(findCode('cove1q '.repeat(2300))).not.toBeUndefined();
  });
});

test('authentication codes are six digits; draws that would favour low codes are thrown away', () => {
  const draws = [
    Uint8Array.of(0xff, 0xff, 0xff), // 16,777,215: refused
    Uint8Array.of(0xf4, 0x24, 0x00), // 16,000,000: refused
    Uint8Array.of(0xf4, 0x23, 0xff), // 15,999,999
    Uint8Array.of(0, 0, 42),
  ];
  const random = { bytes: () => draws.shift()! };
  expect([makeAuthCode(random), makeAuthCode(random), draws.length]).toEqual(['999999', '000042', 0]);
});
