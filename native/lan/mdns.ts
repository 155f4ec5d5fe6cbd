/**
 * A beacon as an mDNS service (RFC 6762, RFC 6763), for networks and firewalls that let nothing else pass. One response:
 *
 *   PTR  _cove._tcp.local              <name>._cove._tcp.local
 *   SRV  <name>._cove._tcp.local       port, <host>.local
 *   TXT  <name>._cove._tcp.local       v=1 · n=<nonce 8 B> · t0= t1= t2=<tags of 6 B each>
 *   A or AAAA  <host>.local            the address it is sent from
 *
 * Host is the nonce in hexadecimal, and so is the name; more tags than one response takes go into several, whose names end
 * in -1, -2 …. Nothing else is in it: no name of a person, a computer or a space, and after a day, a start or a move all
 * of it is another. Who asks sends a query for the PTR record and lists its own one as known, so that it does not answer
 * itself.
 */
import { isIP } from 'node:net';
import dns from 'dns-packet';
import type { Answer, DecodedPacket } from 'dns-packet';
import { equal, fromHex, toHex, utf8 } from '../../main/engine/bytes.ts';
import { NONCE_BYTES, TAG_BYTES, type BeaconMessage, type Told } from './beacon.ts';
import type { Interface } from './interfaces.ts';

export const MDNS_PORT = 5353;
const SERVICE = '_cove._tcp.local';
/** What every message about the service has in it. */
const LABEL = Buffer.from('\u0005_cove\u0004_tcp\u0005local');
/** Two of the beacon's rounds: who has gone is soon forgotten everywhere. */
const TTL_SECONDS = 120;
/** A string of a TXT record has 255 bytes at most, three of which are `t0=`. */
const TAGS_PER_KEY = 42;
const KEYS = ['t0', 't1', 't2'];
/** One response stays below 1,232 bytes, as a beacon does. */
export const TAGS_PER_RESPONSE = KEYS.length * TAGS_PER_KEY;
const VERSION = utf8('1');
const NONE: Uint8Array = new Uint8Array(0);
/** Longer ones, and ones with more in them, are not from a Cove. */
const MOST_BYTES = 1_472;
const MOST_RECORDS = 32;
const HEADER = 12;

/** One or more responses, and the query first if others are asked. */
export function encodeMdns({ nonce, tags, port, asks }: BeaconMessage, on: Interface): Uint8Array[] {
  const name = toHex(nonce);
  const count = Math.max(1, Math.ceil(tags.length / TAGS_PER_RESPONSE));
  const responses = Array.from({ length: count }, (_, part) =>
    dns.encode({
      type: 'response',
      flags: dns.AUTHORITATIVE_ANSWER,
      answers: records(part === 0 ? name : `${name}-${part}`, {
        ...{ host: `${name}.local`, port, nonce, on },
        tags: tags.slice(part * TAGS_PER_RESPONSE, (part + 1) * TAGS_PER_RESPONSE),
      }),
    }),
  );
  return asks ? [query(name), ...responses] : responses;
}

interface Part {
  readonly host: string;
  readonly port: number;
  readonly nonce: Uint8Array;
  readonly tags: readonly Uint8Array[];
  readonly on: Interface;
}

function records(name: string, { host, port, nonce, tags, on }: Part): Answer[] {
  const instance = `${name}.${SERVICE}`;
  const ttl = TTL_SECONDS;
  const keyed = KEYS.map((key, i) => ({ key, tags: tags.slice(i * TAGS_PER_KEY, (i + 1) * TAGS_PER_KEY) }));
  const data = [
    Buffer.from('v=1'),
    pair('n', [nonce]),
    ...keyed.filter(({ tags }) => tags.length > 0).map(({ key, tags }) => pair(key, tags)),
  ];
  const ip = on.ip.replace(/%.*$/, '');
  return [
    pointer(name),
    // The others are of this computer alone: what was known of them before is replaced.
    { type: 'SRV', name: instance, ttl, flush: true, data: { port, target: host } },
    { type: 'TXT', name: instance, ttl, flush: true, data },
    { type: on.family === 'ipv4' ? 'A' : 'AAAA', name: host, ttl, flush: true, data: ip },
  ];
}

function query(name: string): Uint8Array {
  return dns.encode({ type: 'query', questions: [{ type: 'PTR', name: SERVICE }], answers: [pointer(name)] });
}

const pointer = (name: string): Answer => ({
  ...{ type: 'PTR', name: SERVICE, ttl: TTL_SECONDS },
  data: `${name}.${SERVICE}`,
});

const pair = (key: string, values: readonly Uint8Array[]): Buffer => Buffer.concat([Buffer.from(`${key}=`), ...values]);

/** Whether it may be one of these; everything else on that port is not looked at further. */
export function isOfService(message: Uint8Array): boolean {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (bytes.length < HEADER || bytes.length > MOST_BYTES || !bytes.includes(LABEL)) return false;
  // The library makes room for as many as are promised.
  return [4, 6, 8, 10].every((at) => bytes.readUInt16BE(at) <= MOST_RECORDS);
}

/**
 * undefined for everything else. What is told of another computer than the one that sends it comes from a
 * repeater between networks, and the one it is about cannot be dialled where it came from.
 */
export function decodeMdns(message: Uint8Array, ip: string): Told | undefined {
  if (!isOfService(message)) return undefined;
  try {
    const packet = dns.decode(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
    return packet.type === 'query' ? asked(packet) : told(packet, ip);
  } catch {
    return undefined;
  }
}

function asked({ questions = [], answers = [] }: DecodedPacket): Told | undefined {
  if (!questions.some(({ name, type }) => lower(name) === SERVICE && ['PTR', 'ANY'].includes(type))) return undefined;
  const known = valuesIn(answers)('PTR', SERVICE);
  const [hex] = /^[0-9a-f]{16}(?=\.)/.exec(lower(known)) ?? [];
  return { asks: true, nonce: hex === undefined ? undefined : fromHex(hex) };
}

function told({ answers = [], additionals = [] }: DecodedPacket, ip: string): Told | undefined {
  const value = valuesIn([...answers, ...additionals]);
  const instance = lower(value('PTR', SERVICE));
  const { port = 0, target = '' } = (value('SRV', instance) ?? {}) as { port?: number; target?: string };
  const from = ip.replace(/%.*$/, '');
  if (port === 0 || value(isIP(from) === 4 ? 'A' : 'AAAA', lower(target)) !== from) return undefined;
  const text = textIn(value('TXT', instance));
  const nonce = text('n');
  if (nonce?.length !== NONCE_BYTES || !equal(text('v') ?? NONE, VERSION)) return undefined;
  return { asks: false, nonce, beacon: { nonce, tags: KEYS.flatMap((key) => cut(text(key))), port } };
}

/** The first of a type and a name. */
function valuesIn(answers: readonly Answer[]): (type: Answer['type'], name: string) => unknown {
  return (type, name) => {
    const found = answers.find((answer) => answer.type === type && lower(answer.name) === name);
    return found && 'data' in found ? found.data : undefined;
  };
}

/** Of a TXT record: a key's first value counts (RFC 6763 §6.4). Copies, for the message is not kept. */
function textIn(data: unknown): (key: string) => Uint8Array | undefined {
  const strings = Array.isArray(data) ? data.filter((one) => Buffer.isBuffer(one)) : [];
  return (key) => {
    const found = strings.find((one) => one.subarray(0, key.length + 1).toString('latin1') === `${key}=`);
    return found && new Uint8Array(found.subarray(key.length + 1));
  };
}

function cut(tags = NONE): Uint8Array[] {
  if (tags.length % TAG_BYTES !== 0) return [];
  return Array.from({ length: tags.length / TAG_BYTES }, (_, i) => tags.slice(i * TAG_BYTES, (i + 1) * TAG_BYTES));
}

const lower = (name: unknown): string => (typeof name === 'string' ? name.toLowerCase() : '');
