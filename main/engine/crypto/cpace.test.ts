import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from '../bytes.ts';
import { cpaceConfirmation, cpaceFinish, cpaceGenerator, cpaceStart, scalarMultVerify } from './cpace.ts';
import { ready } from './sodium.ts';

beforeAll(ready);

interface Vectors {
  readonly G_Coffee25519: Readonly<
    Record<'PRS' | 'CI' | 'sid' | 'g' | 'ya' | 'ADa' | 'Ya' | 'yb' | 'ADb' | 'Yb' | 'K' | 'ISK_IR', string>
  >;
  readonly G_Coffee25519_points: {
    readonly Valid: Readonly<Record<'s' | 'X' | 'G.scalar_mult_vfy(s,X)', string>>;
    readonly 'Invalid Y1': string;
    readonly 'Invalid Y2': string;
  };
}

/** draft-irtf-cfrg-cpace, appendix "CPace ristretto255 test vectors" and its invalid points. */
const PUBLISHED: Vectors = {
  G_Coffee25519: {
    PRS: '50617373776F7264',
    CI: '0B415F696E69746961746F720B425F726573706F6E646572',
    sid: '7E4B4791D6A8EF019B936C79FB7F2C57',
    g: '222B6B195FE84B1652BADB6F6A3AE3D24341E7306967F0B8115B40D5698C7E56',
    ya: 'DA3D23700A9E5699258AEF94DC060DFDA5EBB61F02A5EA77FAD53F4FF0976D08',
    ADa: '414461',
    Ya: 'D6BAC480F2C386C394EFC7C47ADB9925DCD2630B64F240C50F8D0EEC482B9157',
    yb: 'D2316B454718C35362D83D69DF6320F38578ED5984651435E2949762D900B80D',
    ADb: '414462',
    Yb: '3EA7E0B19560D7C0B0F5734F63B955286DFA8232B5EBE63324E2D9E7433F7258',
    K: '80B69A8A76457AB6A4D7F887A4BF6B55A2F80AC19C333F917A05FC9887C8B40F',
    ISK_IR:
      'B69EFFBF61B51D56401C0F65601ABE428DE8206FEAAF0E32198896DCAE7B35CD2B38950A39DFD5D4A79164614C2984F7DAA460B588C1E80C3FA2068AF7900447',
  },
  G_Coffee25519_points: {
    Valid: {
      s: '7CD0E075FA7955BA52C02759A6C90DBBFC10E6D40AEA8D283E407D88CF538A05',
      X: '2C3C6B8C4F3800E7AEF6864025B4ED79BD599117E427C41BD47D93D654B4A51C',
      'G.scalar_mult_vfy(s,X)': '7C13645FE790A468F62C39BEB7388E541D8405D1ADE69D1778C5FE3E7F6B600E',
    },
    'Invalid Y1': '2B3C6B8C4F3800E7AEF6864025B4ED79BD599117E427C41BD47D93D654B4A51C',
    'Invalid Y2': '0000000000000000000000000000000000000000000000000000000000000000',
  },
};

function run(vectors: Vectors): void {
  const v = vectors.G_Coffee25519;
  const [prs, ci, sid, a, b] = [v.PRS, v.CI, v.sid, v.ya, v.yb].map(fromHex) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const input = { prs, ci, sid };
  expect(toHex(cpaceGenerator(input)).toUpperCase()).toBe(v.g);
  const [left, right] = [cpaceStart(input, a), cpaceStart(input, b)];
  expect([left.share, right.share].map((share) => toHex(share).toUpperCase())).toEqual([v.Ya, v.Yb]);
  expect(toHex(scalarMultVerify(a, right.share)!).toUpperCase()).toBe(v.K);
  const transcript = { ya: left.share, ada: fromHex(v.ADa), yb: right.share, adb: fromHex(v.ADb) };
  expect(toHex(cpaceFinish(sid, left.secret, right.share, transcript)!).toUpperCase()).toBe(v.ISK_IR);
  expect(toHex(cpaceFinish(sid, right.secret, left.share, transcript)!).toUpperCase()).toBe(v.ISK_IR);

  const points = vectors.G_Coffee25519_points;
  const s = fromHex(points.Valid.s);
  expect(toHex(scalarMultVerify(s, fromHex(points.Valid.X))!).toUpperCase()).toBe(
    points.Valid['G.scalar_mult_vfy(s,X)'],
  );
  for (const invalid of [points['Invalid Y1'], points['Invalid Y2']]) {
    expect(scalarMultVerify(s, fromHex(invalid))).toBeNull();
    expect(cpaceFinish(sid, s, fromHex(invalid), transcript)).toBeNull();
  }
}

test('the draft’s ristretto255 vectors, invalid points included', () => run(PUBLISHED));

test('a vector with one changed byte is noticed', () => {
  const v = PUBLISHED.G_Coffee25519;
  expect(() => run({ ...PUBLISHED, G_Coffee25519: { ...v, sid: `00${v.sid.slice(2)}` } })).toThrow();
});

const folder = process.env['COVE_VECTORS'];
if (folder) {
  const file = join(folder, 'cpace-ristretto255-sha512.json');
  test(`the vectors of ${file}`, () => run(JSON.parse(readFileSync(file, 'utf8')) as Vectors));
}

describe('key confirmation', () => {
  const ci = utf8('invitation');
  const channel = new Uint8Array(33).fill(1);
  const other = new Uint8Array(33).fill(2);
  const [ada, adb] = [utf8('G'), utf8('H')];

  /** Whether the host accepts the guest's tag. */
  function run(code: { guest: string; host: string }, sid: { guest: Uint8Array; host: Uint8Array }): boolean {
    const guest = cpaceStart({ prs: utf8(code.guest), ci, sid: sid.guest }, new Uint8Array(32).fill(3));
    const host = cpaceStart({ prs: utf8(code.host), ci, sid: sid.host }, new Uint8Array(32).fill(4));
    const transcript = { ya: guest.share, ada, yb: host.share, adb };
    const guestKey = cpaceFinish(sid.guest, guest.secret, host.share, transcript)!;
    const hostKey = cpaceFinish(sid.host, host.secret, guest.share, transcript)!;
    const tag = cpaceConfirmation(sid.guest, guestKey, guest.share, ada);
    return toHex(tag) === toHex(cpaceConfirmation(sid.host, hostKey, guest.share, ada));
  }

  test('succeeds with the right code on one channel', () => {
    expect(run({ guest: '123456', host: '123456' }, { guest: channel, host: channel })).toBe(true);
  });
  test('fails with a wrong code, and with the right one relayed between two channels', () => {
    expect(run({ guest: '123457', host: '123456' }, { guest: channel, host: channel })).toBe(false);
    expect(run({ guest: '123456', host: '123456' }, { guest: channel, host: other })).toBe(false);
  });
});
