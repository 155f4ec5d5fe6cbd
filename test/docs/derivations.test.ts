/**
 * The derivations that docs/protocol.md writes down, calculated as they stand there and by no code of the engine: what
 * comes out is what the frozen vectors say. So a label, a salt, an order or a length that is wrong on the page is found.
 */
import { createHash, createHmac, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { input } from '../vectors/input.ts';
import { readDocument } from './documents.ts';

await ready();
const protocol = readDocument('docs/protocol.md');

type Vectors = Record<string, string> & { pake: Record<string, string> } & Record<
    'pair' | 'dialer' | 'listener' | 'recoveryOfDay20000',
    Record<string, string>
  >;
const vectors = (name: string): Vectors => JSON.parse(readDocument(`test/vectors/${name}.json`)) as Vectors;
const [keys, invitation, relay, devices, members] = [
  vectors('keys'),
  vectors('invitation'),
  vectors('relay'),
  vectors('devices'),
  vectors('members'),
];

// ---------------------------------------------------------------- reading a formula

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const words = (text: string): Buffer => Buffer.from(text, 'utf8');

/** The formulas of the page, each once. A label stands in backticks or in quotes. */
function formulas(text: string): string[] {
  const found = text.matchAll(/HKDF\([^()]*\)|(?:HMAC-SHA-256|\bH)\([^()]*\)(?:\[0:\d+\])?/g);
  return [...new Set([...found].map(([formula]) => formula))];
}

/** `a ‖ u32 b`; a name may say its length, which is then held to. */
function joined(text: string, names: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = text.split(' ‖ ').map((part) => {
    const [, label] = /^[`"](.*)[`"]$/.exec(part) ?? [];
    if (label !== undefined) return words(label);
    const [, name = part, length] = /^(\D+?) (\d+)$/.exec(part) ?? [];
    const bytes = names[name];
    if (bytes === undefined) throw new Error(`the page does not say what ${name} is`);
    if (length !== undefined && bytes.length !== Number(length)) throw new Error(`${name} has ${bytes.length} bytes`);
    return Buffer.from(bytes);
  });
  return Buffer.concat(parts);
}

function calculated(formula: string, names: Readonly<Record<string, Uint8Array>>): string {
  const [, kind = '', inner = '', end] = /^([\w-]+)\(([^()]*)\)(?:\[0:(\d+)\])?$/.exec(formula) ?? [];
  const list = inner.split(', ');
  const bytes = (at: number): Buffer => joined(list[at] as string, names);
  if (kind === 'HKDF') {
    return Buffer.from(hkdfSync('sha256', bytes(0), bytes(1), bytes(2), Number(list[3]))).toString('hex');
  }
  const hash = kind === 'H' ? createHash('sha256').update(bytes(0)) : createHmac('sha256', bytes(0)).update(bytes(1));
  return hash
    .digest()
    .subarray(0, end === undefined ? undefined : Number(end))
    .toString('hex');
}

// ---------------------------------------------------------------- what they give

/** Of lower-case base32, for what is a topic. */
function fromBase32(text: string): string {
  const bits = [...text].map((letter) =>
    'abcdefghijklmnopqrstuvwxyz234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return bytes.map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0')).join('');
}

/** A formula is known by its label, or by what it begins with, and is calculated with these names. */
interface Case {
  readonly of: string;
  readonly names: Readonly<Record<string, Uint8Array>>;
  readonly gives: string | undefined;
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const day = { 'u32 day': u32(20_000) };
const person = {
  E: input('entropy', 16),
  dms: input('dms'),
  dbUuid: input('dbUuid', 16),
  rootPk: hex(keys.rootPk ?? ''),
};
const space = {
  ...{ spaceId: hex(keys.spaceId ?? ''), deviceId: hex(keys.deviceId ?? ''), logId: hex(keys.logId ?? '') },
  ...{ incarnation: input('incarnation', 16), 'payload of Genesis': words('genesis payload') },
};
const epoch = { ...space, K_e: input('K_e'), M_e: input('M_e'), discovery: hex(keys.discovery ?? ''), h: input('h') };
const pair = { Z: input('shared'), spaceId: input('space'), nA: input('nA', 16), nB: input('nB', 16) };
const invite = { S: input('S', 16), hostPk: hex(invitation.hostPk ?? ''), pkHash: hex(invitation.pkHash ?? '') };
const pake = { key: input('k'), ISK: hex(invitation.pake.isk ?? '') };
const nonce = { nonce: Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]) };

/** The key pairs are given by their secrets, where a vector has them. */
const CASES: readonly Case[] = [
  { of: 'cove/1/identity', names: person, gives: keys.identityId },
  { of: 'cove/1/backup', names: person, gives: keys.backupKey },
  { of: 'cove/1/halo/recovery', names: person, gives: keys.haloRecovery },
  { of: 'cove/1/db', names: person, gives: keys.dbKey },
  { of: 'cove/1/device/noise', names: person, gives: keys.noiseSk },
  { of: 'cove/1/device/box', names: person, gives: keys.boxSk },
  { of: 'cove/1/space', names: space, gives: keys.spaceId },
  { of: 'cove/1/log', names: space, gives: keys.logId },
  { of: 'cove/1/epoch/id', names: epoch, gives: keys.keyId },
  { of: 'cove/1/epoch/entry', names: epoch, gives: keys.entryKey },
  { of: 'cove/1/epoch/blob', names: epoch, gives: keys.blobKey },
  { of: 'cove/1/epoch/session-psk', names: epoch, gives: keys.sessionPsk },
  { of: 'cove/1/epoch/discovery', names: epoch, gives: keys.discovery },
  { of: 'cove/1/epoch/signal', names: epoch, gives: keys.signalKey },
  { of: 'cove/1/epoch/topic', names: { ...epoch, ...day }, gives: fromBase32(keys.topicOfDay20000 ?? '') },
  { of: 'lan', names: { ...epoch, ...day, ...nonce }, gives: keys.lanTagOfDay20000 },
  { of: 'HMAC-SHA-256(discovery, h', names: { ...epoch, 'u8 side': Buffer.of(0) }, gives: keys.sessionTagDialer },
  { of: 'HMAC-SHA-256(discovery, h', names: { ...epoch, 'u8 side': Buffer.of(1) }, gives: keys.sessionTagListener },
  { of: 'cove/1/pair/id', names: pair, gives: relay.pair.keyId },
  { of: 'cove/1/pair/discovery', names: pair, gives: relay.pair.discovery },
  { of: 'cove/1/pair/signal', names: pair, gives: relay.pair.signalKey },
  { of: 'cove/1/pair/session-psk', names: pair, gives: relay.pair.sessionPsk },
  {
    of: 'cove/1/relay',
    names: pair,
    gives: [relay.dialer, relay.listener].map(({ topic, key }) => `${fromBase32(topic ?? '')}${key}`).join(''),
  },
  { of: 'cove/1/invite/pk', names: invite, gives: invitation.pkHash },
  { of: 'cove/1/invite/id', names: invite, gives: invitation.invId },
  { of: 'cove/1/invite/topic', names: invite, gives: fromBase32(invitation.topic ?? '') },
  { of: 'cove/1/invite/signal', names: invite, gives: invitation.signalKey },
  { of: 'cove/1/invite/psk', names: invite, gives: invitation.psk },
  { of: 'cove/1/invite/rekey', names: pake, gives: invitation.pake.rekey },
  { of: 'cove/1/invite/isk-id', names: pake, gives: invitation.pake.iskId },
  {
    of: 'cove/1/db-check',
    names: { 'database key': input('key'), nonce: input('nonce', 16) },
    gives: members.databaseCheck?.slice(32),
  },
];

/** The one formula of the page about it. */
function formulaOf(of: string, text: string): string {
  const named = formulas(text).filter((formula) => [`\`${of}\``, `"${of}"`].some((label) => formula.includes(label)));
  const list = named.length > 0 ? named : formulas(text).filter((formula) => formula.startsWith(of));
  if (list.length !== 1) throw new Error(`${of}: ${list.length} formulas`);
  return list[0] as string;
}
const faults = (text: string): string[] =>
  CASES.filter(({ of, names, gives }) => calculated(formulaOf(of, text), names) !== gives).map(({ of }) => of);

test('each derivation of the page gives what the vectors have', () => {
  expect(CASES.filter(({ gives }) => gives === undefined || gives === '')).toEqual([]);
  expect(faults(protocol)).toEqual([]);
});

test('the day of a recovery gives the secret and the key of its invitation', () => {
  const secret = calculated(formulaOf('cove/1/halo/meeting', protocol), { haloRecovery: input('recovery'), ...day });
  const { pkHash = '', psk, hostSk } = devices.recoveryOfDay20000;
  expect(secret.slice(32)).toBe(hostSk);
  const names = { S: hex(secret.slice(0, 32)), pkHash: hex(pkHash) };
  expect(calculated(formulaOf('cove/1/invite/psk', protocol), names)).toBe(psk);
});

test('a wrong order, salt, length and place are found', () => {
  const planted = protocol
    .replace('HKDF(K_e ‖ M_e, spaceId, `cove/1/epoch/id`', 'HKDF(M_e ‖ K_e, spaceId, `cove/1/epoch/id`')
    .replace('HKDF(M_e, spaceId, `cove/1/epoch/discovery`', 'HKDF(M_e, "", `cove/1/epoch/discovery`')
    .replace('"cove/1/relay", 96)', '"cove/1/relay", 64)')
    .replace('`lan` ‖ u32 day ‖ nonce 8', '`lan` ‖ nonce 8 ‖ u32 day')
    .replace('"cove/1/invite/pk" ‖ hostPk)[0:16]', '"cove/1/invite/pk" ‖ hostPk)');
  expect(faults(planted)).toEqual([
    'cove/1/epoch/id',
    'cove/1/epoch/discovery',
    'lan',
    'cove/1/relay',
    'cove/1/invite/pk',
  ]);
});

// ---------------------------------------------------------------- an entry, read by its layout

const SIZES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u48: 6, u64: 8 };
const layout = (text: string): string => /^ver u8 = 1 \|[^]*?sig 64$/m.exec(text)?.[0].replace(/\s+/g, ' ') ?? '';

/** The fields of a header by their names, in the order of the page; throws where the lengths do not come out even. */
function read(header: Buffer, text: string): Record<string, Buffer> {
  const fields: Record<string, Buffer> = {};
  let at = 0;
  const take = (name: string, size: number): void => {
    fields[name] = header.subarray(at, (at += size));
  };
  for (const field of layout(text).split(' | ')) {
    const [, list] = /^nDeps × \((.*)\)$/.exec(field) ?? [];
    for (let n = list === undefined ? 1 : (fields.nDeps?.readUInt16BE() ?? 0); n > 0; n--) {
      for (const one of list?.split(', ') ?? [field]) {
        const [, name = '', size = ''] = /^(\w+) (\w+)/.exec(one) ?? [];
        take(list === undefined ? name : `dep ${name}`, SIZES[size] ?? Number(size));
      }
    }
  }
  if (at !== header.length) throw new Error(`${at} of ${header.length} bytes`);
  return fields;
}

test('entries are read by the layout, the hashes and the signature of the page', () => {
  const raw = readDocument('test/vectors/entries.json');
  const entries = JSON.parse(raw) as Record<'first' | 'second', { header: string; payload: string; hash: string }>;
  const spki = Buffer.concat([hex('302a300506032b6570032100'), space.deviceId]);
  const device = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const sha256 = (...parts: Uint8Array[]): string => createHash('sha256').update(Buffer.concat(parts)).digest('hex');
  for (const [i, { header, payload, hash }] of [entries.first, entries.second].entries()) {
    const bytes = hex(header);
    const fields = read(bytes, protocol);
    expect(fields.seq?.readBigUInt64BE()).toBe(BigInt(i + 1));
    expect(fields.logId?.toString('hex')).toBe(keys.logId);
    expect(fields.wall?.readUIntBE(0, 6)).toBe(1_800_000_000_123);
    expect(fields.keyId?.toString('hex')).toBe(i === 0 ? '0'.repeat(32) : keys.keyId);
    expect(fields.prev?.toString('hex')).toBe(i === 0 ? '0'.repeat(64) : entries.first.hash);
    expect(fields.payloadLen?.readUInt32BE()).toBe(hex(payload).length);
    expect(fields.payloadHash?.toString('hex')).toBe(sha256(hex(payload)));
    expect(sha256(words('cove/1/hash'), bytes)).toBe(hash);
    const signed = Buffer.concat([words('cove/1/entry'), space.spaceId, bytes.subarray(0, -64)]);
    expect(verify(null, signed, device, fields.sig as Buffer)).toBe(true);
  }
  expect(read(hex(entries.second.header), protocol)['dep seq']?.readBigUInt64BE()).toBe(41n);
  expect(protocol).toContain(`${layoutSize(protocol)} bytes and ${layoutSize(protocol, true)} per dependency`);

  expect(() => read(hex(entries.first.header), protocol.replace('wall u48 ms', 'wall u64 ms'))).toThrow('186 of 184');
  const swapped = read(hex(entries.first.header), protocol.replace('seq u64 | prev 32', 'prev 32 | seq u64'));
  expect(swapped.seq?.readBigUInt64BE()).not.toBe(1n);
});

/** Without dependencies, or of one of them. */
function layoutSize(text: string, dependency = false): number {
  const [, list = ''] = /nDeps × \((.*?)\)/.exec(layout(text)) ?? [];
  const fields = dependency ? list.split(', ') : layout(text).split(' | ');
  const sizes = fields.filter((field) => !field.startsWith('nDeps ×')).map((field) => field.split(' ')[1] ?? '');
  return sizes.reduce((sum, size) => sum + (SIZES[size] ?? Number(size)), 0);
}
