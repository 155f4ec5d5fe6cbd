/**
 * Published vectors of the two handshakes that Cove uses, and of every other row of the table when
 * COVE_VECTORS names a folder that holds `noise-25519-chachapoly-sha256.json`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from '../bytes.ts';
import { boxKeyPair } from './box.ts';
import { NoiseError, NoiseHandshake } from './noise.ts';
import type { CipherState } from './noise.ts';
import { ready } from './sodium.ts';

beforeAll(ready);

interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks?: readonly string[];
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_psks?: readonly string[];
  readonly resp_static?: string;
  readonly resp_ephemeral: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

function side(vector: Vector, role: 'init' | 'resp'): NoiseHandshake {
  const s = vector[`${role}_static`];
  const rs = vector[`${role}_remote_static`];
  return new NoiseHandshake({
    pattern: /^Noise_(.+)_25519_ChaChaPoly_SHA256$/.exec(vector.protocol_name)?.[1] ?? '',
    initiator: role === 'init',
    prologue: fromHex(vector[`${role}_prologue`]),
    psk: (vector[`${role}_psks`] ?? []).map(fromHex),
    ...(s ? { s: boxKeyPair(fromHex(s)) } : {}),
    ...(rs ? { rs: fromHex(rs) } : {}),
    ephemeralSeed: fromHex(vector[`${role}_ephemeral`]),
  });
}

function run(vector: Vector): void {
  const sides = [side(vector, 'init'), side(vector, 'resp')] as const;
  let ciphers: readonly { tx: CipherState; rx: CipherState }[] | undefined;
  vector.messages.forEach(({ payload, ciphertext }, i) => {
    const from = i % 2;
    const to = 1 - from;
    if (!sides[0].done) {
      const message = sides[from as 0 | 1].write(fromHex(payload));
      expect(toHex(message)).toBe(ciphertext);
      expect(toHex(sides[to as 0 | 1].read(message))).toBe(payload);
      return;
    }
    if (vector.handshake_hash) expect(toHex(sides[0].hash)).toBe(vector.handshake_hash);
    ciphers ??= sides.map((each) => each.split());
    const none = new Uint8Array(0);
    const sealed = ciphers[from]!.tx.encrypt(none, fromHex(payload));
    expect(toHex(sealed)).toBe(ciphertext);
    expect(toHex(ciphers[to]!.rx.decrypt(none, sealed))).toBe(payload);
  });
}

/**
 * From cacophony's vectors/cacophony.txt (NKpsk0, XX) and snow's tests/vectors/snow-multipsk.txt (XXpsk0+psk3). Neither
 * publishes XXpsk0 by itself: it is XX, psk0 and nothing else, and our own transcript of it is frozen in test/vectors.
 */
const PUBLISHED: readonly Vector[] = [
  {
    protocol_name: 'Noise_XX_25519_ChaChaPoly_SHA256',
    init_prologue: '4a6f686e2047616c74',
    init_static: 'e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1',
    init_ephemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
    resp_prologue: '4a6f686e2047616c74',
    resp_static: '4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893',
    resp_ephemeral: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
    handshake_hash: 'c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e',
    messages: [
      {
        payload: '4c756477696720766f6e204d69736573',
        ciphertext: 'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573',
      },
      {
        payload: '4d757272617920526f746862617264',
        ciphertext:
          '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f14480884381cbad1f276e038c48378ffce2b65285e08d6b68aaa3629a5a8639392490e5b9bd5269c2f1e4f488ed8831161f19b7815528f8982ffe09be9b5c412f8a0db50f8814c7194e83f23dbd8d162c9326ad',
      },
      {
        payload: '462e20412e20486179656b',
        ciphertext:
          'c7195ffacac1307ff99046f219750fc47693e23c3cb08b89c2af808b444850a80ae475b9df0f169ae80a89be0865b57f58c9fea0d4ec82a286427402f113e4b6ae769a1d95941d49b25030',
      },
      {
        payload: '4361726c204d656e676572',
        ciphertext: '96763ed773f8e47bb3712f0e29b3060ffc956ffc146cee53d5e1df',
      },
      {
        payload: '4a65616e2d426170746973746520536179',
        ciphertext: '3e40f15f6f3a46ae446b253bf8b1d9ffb6ed9b174d272328ff91a7e2e5c79c07f5',
      },
      {
        payload: '457567656e2042f6686d20766f6e2042617765726b',
        ciphertext: 'eb3f3515110702e047a6c9da4478b6ead94873c11c0f2d710ddb3f09fce024b3a58502ae3f',
      },
    ],
  },
  {
    protocol_name: 'Noise_NKpsk0_25519_ChaChaPoly_SHA256',
    init_prologue: '4a6f686e2047616c74',
    init_psks: ['54686973206973206d7920417573747269616e20706572737065637469766521'],
    init_ephemeral: '893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a',
    init_remote_static: '31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62',
    resp_prologue: '4a6f686e2047616c74',
    resp_psks: ['54686973206973206d7920417573747269616e20706572737065637469766521'],
    resp_static: '4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893',
    resp_ephemeral: 'bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b',
    handshake_hash: '1609ef057bdd62c752b5960546a255a78aebff08c5f07ef2adaa1db8350e7077',
    messages: [
      {
        payload: '4c756477696720766f6e204d69736573',
        ciphertext:
          'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944190fec41487219f2069c3ba7b7f9521437045935231f0ed399dfd4baf6bd825b',
      },
      {
        payload: '4d757272617920526f746862617264',
        ciphertext:
          '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f14480884385010e0c56e886e6da0c69aee7388bcf4000cc357af5ebd11a46a169a3712c',
      },
      {
        payload: '462e20412e20486179656b',
        ciphertext: '4beed26535f1a387c950fab9a162dc613cc5bf84e8a62653130b83',
      },
      {
        payload: '4361726c204d656e676572',
        ciphertext: 'ceaffe71ce7f1bf7b080736d62e0579ce5dc1530a36e7df795a4cc',
      },
      {
        payload: '4a65616e2d426170746973746520536179',
        ciphertext: 'da927a272831394122d0f2fef3e16ddf0814c4878401135b44b1e23873b45b2929',
      },
      {
        payload: '457567656e2042f6686d20766f6e2042617765726b',
        ciphertext: '4fed2b394fb4dbdc9cf863bc99ebb3397651d27bdd32e40d8f7fed109e46445c0fd66fc3f3',
      },
    ],
  },
  {
    protocol_name: 'Noise_XXpsk0+psk3_25519_ChaChaPoly_SHA256',
    init_prologue:
      '5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c792066756e20616e6420626f72696e672e',
    init_psks: [
      '3829658d61de7c60129328910df4e4cdee261f7b9cb1aa2a326bd50dead817df',
      '3b9b4c7f360b3dbea6511b2287dfe76180049f5127c27fb3376ae514732ce40f',
    ],
    init_static: 'e9c2c125ba62723d19c2a666ca87e4aea7997e7086d724715e647cbb7e3dced9',
    init_ephemeral: '0b8e02c4bdd7a4f00d5cec49d2418aa4c50fce820d851039a18f5d603c2c38b9',
    resp_prologue:
      '5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c792066756e20616e6420626f72696e672e',
    resp_psks: [
      '3829658d61de7c60129328910df4e4cdee261f7b9cb1aa2a326bd50dead817df',
      '3b9b4c7f360b3dbea6511b2287dfe76180049f5127c27fb3376ae514732ce40f',
    ],
    resp_static: 'a56eff6ea4b13103cbff6f68e18d23c15476259b8eaf3a7636f64c08f431969f',
    resp_ephemeral: 'e09e1b02aa28340c45132a19675a7386f24dfe3700905bdb67b1554486661c44',
    messages: [
      {
        payload: '151cb17403c63f2a7c4be662f989854aaf727c61222c78a6eda9b1cd9a4ef884',
        ciphertext:
          'e29aafc005c2d034941ecc120973bdc81778728c10d6bbea5df041e2b2ed79073a1bc0b8a4cbac3893b9621f2376ebc78eef4286ec65239ec4329d07639ca6cda0f1072dc24f0c6efe905e8d3a261d94',
      },
      {
        payload: '20513d30ac69774a37b8dd80a145d179eca53ec26ddd26193acfc7857bc42244',
        ciphertext:
          '9f6c1d9af2b8d64e8338ad1692972ac72fbd2172e41c2c226986e9e25cfa86201701845f5357d91e3ef9cb17dd3d18b95394375f2a099d7013c269bb10b813103bbf5f3a52a4422d4e48be3cf6d9aa07fa2066438390f994a71d646133cfb034fcfe9220b80f52ba771850ad23c938fcf10f11a15c5b81ccf6b2941b20c53907',
      },
      {
        payload: '6a71df147bbab68e95003fb62d8065bb57f3c7266310b0644f00f3fd52790815',
        ciphertext:
          '337634cb103903adcb05a30c70f37a1dd1a7bd2b31ba35c1607fd915075f13b50d95d834bc82c211f871af87426ac1e05865b6bdd1e31363b6bc51e5c9164ec2116c77b5117e7b662f8a52aaed936d3b7146399ec385d873f0ce4bc4887ebe6b',
      },
      {
        payload: '639f40d22a8e4f00ba46cef25a28bc7fe6143cd89473f0c920e0af9bea202a39',
        ciphertext: '249a5f6477c311ca2645ba0c8a5a51232dabf86226cda8d2536407022129718fa4641012f83394f9375a070574e2a2e0',
      },
      {
        payload: '8641662e37ba2b7dfb3ba24fb1620b70a9e7118efa41b5fefd74f82d217f6b83',
        ciphertext: 'e6a34abea461f8bbce42f1f4be7d46661bd1d846a0c588dac03cc29f133955d91286b43132458484412663ebb127107e',
      },
    ],
  },
];

describe('published vectors of the patterns in use', () => {
  for (const vector of PUBLISHED) test(vector.protocol_name, () => run(vector));

  test('a vector with one changed byte is noticed', () => {
    const vector = PUBLISHED[0] as Vector;
    const messages = vector.messages.map((each, i) =>
      i === 1 ? { ...each, ciphertext: `00${each.ciphertext.slice(2)}` } : each,
    );
    expect(() => run({ ...vector, messages })).toThrow();
  });
});

const folder = process.env['COVE_VECTORS'];
if (folder) {
  const file = join(folder, 'noise-25519-chachapoly-sha256.json');
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };
  describe(`published vectors of ${file}`, () => {
    test('there are thirty', () => expect(vectors).toHaveLength(30));
    vectors.forEach((vector, i) => test(`${vector.protocol_name} (${i + 1})`, () => run(vector)));
  });
}

function pair(change: { psk?: Uint8Array; prologue?: Uint8Array } = {}) {
  const psk = new Uint8Array(32).fill(7);
  const common = { pattern: 'XXpsk0', prologue: utf8('test'), psk };
  const a = new NoiseHandshake({
    ...common,
    initiator: true,
    s: boxKeyPair(new Uint8Array(32).fill(1)),
    ephemeralSeed: new Uint8Array(32).fill(2),
  });
  const b = new NoiseHandshake({
    ...common,
    ...change,
    initiator: false,
    s: boxKeyPair(new Uint8Array(32).fill(3)),
    ephemeralSeed: new Uint8Array(32).fill(4),
  });
  return { a, b };
}
const none = new Uint8Array(0);

test('both sides of XXpsk0 end with the same hash, the other’s static key and working channels', () => {
  const { a, b } = pair();
  b.read(a.write(none));
  a.read(b.write(utf8('two')));
  expect(b.read(a.write(utf8('three')))).toEqual(utf8('three'));
  expect([a.done, b.done, toHex(a.hash)]).toEqual([true, true, toHex(b.hash)]);
  expect(a.remoteStatic).toEqual(boxKeyPair(new Uint8Array(32).fill(3)).pk);
  expect(b.remoteStatic).toEqual(boxKeyPair(new Uint8Array(32).fill(1)).pk);
  const left = a.split();
  const right = b.split();
  expect(right.rx.decrypt(none, left.tx.encrypt(none, utf8('hello')))).toEqual(utf8('hello'));
  const next = new Uint8Array(32).fill(9);
  left.tx.rekeyWith(next);
  expect(() => right.rx.decrypt(none, left.tx.encrypt(none, utf8('again')))).toThrow(NoiseError);
  left.tx.rekeyWith(next);
  right.rx.rekeyWith(next);
  expect(right.rx.decrypt(none, left.tx.encrypt(none, utf8('again')))).toEqual(utf8('again'));
});

test('another psk or another prologue fails at the first message', () => {
  for (const change of [{ psk: new Uint8Array(32).fill(8) }, { prologue: utf8('tesu') }]) {
    const { a, b } = pair(change);
    expect(() => b.read(a.write(none))).toThrow(NoiseError);
  }
});

test('a handshake in which a message failed is dead', () => {
  const { a, b } = pair();
  b.read(a.write(none));
  const second = b.write(none);
  second[0] = (second[0] as number) ^ 1;
  expect(() => a.read(second)).toThrow(NoiseError);
  expect(() => a.write(none)).toThrow(NoiseError);
});

test('each byte of each XXpsk0 message, flipped once, is noticed', () => {
  const lengths = [0, 1, 2].map((index) => flipped(index, -1).length);
  for (const [index, length] of lengths.entries()) {
    for (let at = 0; at < length; at++)
      expect(() => flipped(index, at), `message ${index}, byte ${at}`).toThrow(NoiseError);
  }
});

/** Runs a handshake in which byte `at` of message `index` is changed; -1 changes nothing. Returns that message. */
function flipped(index: number, at: number): Uint8Array {
  const { a, b } = pair();
  let out: Uint8Array = none;
  for (let i = 0; i < 3; i++) {
    const [from, to] = i % 2 === 0 ? [a, b] : [b, a];
    const message = from.write(none);
    if (i === index) {
      out = message;
      if (at >= 0) message[at] = (message[at] as number) ^ 1;
    }
    to.read(message);
  }
  return out;
}

test('messages out of turn, replayed, cut short or under a low-order key are refused', () => {
  const { a, b } = pair();
  expect(() => b.write(none)).toThrow(NoiseError);
  const first = a.write(none);
  expect(() => a.write(none)).toThrow(NoiseError);
  expect(() => pair().b.read(first.subarray(0, 40))).toThrow(NoiseError);
  b.read(first);
  expect(() => b.read(first)).toThrow(NoiseError);
  const guest = new NoiseHandshake({
    pattern: 'NKpsk0',
    initiator: true,
    prologue: none,
    psk: new Uint8Array(32),
    rs: new Uint8Array(32), // the point 0: every product with it is 0
    ephemeralSeed: new Uint8Array(32).fill(5),
  });
  expect(() => guest.write(none)).toThrow(NoiseError);
});
