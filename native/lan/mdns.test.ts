import { hostname, userInfo } from 'node:os';
import dns from 'dns-packet';
import { expect, test } from 'vitest';
import type { Interface } from './interfaces.ts';
import { decodeMdns, encodeMdns, isOfService, TAGS_PER_RESPONSE } from './mdns.ts';

const ON: Interface = { ip: '192.168.7.2', family: 'ipv4', cidr: '192.168.7.2/24', name: 'eth0', zone: 'eth0' };
const SIX: Interface = { ip: 'fe80::2%eth0', family: 'ipv6', cidr: 'fe80::2/64', name: 'eth0', zone: 'eth0' };
const nonce = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0xab);
const tag = (n: number): Uint8Array => Uint8Array.of(n >> 8, n, 3, 4, 5, 6);
const message = (tags: number, asks = false) => ({
  ...{ nonce, port: 47_632, asks },
  tags: Array.from({ length: tags }, (_, i) => tag(i)),
});
const [response] = encodeMdns(message(2), ON) as [Uint8Array];

test('what one says the other understands, on IPv4 and on IPv6', () => {
  for (const on of [ON, SIX]) {
    const [query, answer] = encodeMdns(message(2, true), on) as [Uint8Array, Uint8Array];
    expect(decodeMdns(query, on.ip)).toEqual({ asks: true, nonce });
    const beacon = { nonce, tags: [tag(0), tag(1)], port: 47_632 };
    expect(decodeMdns(answer, on.ip)).toEqual({ asks: false, nonce, beacon });
  }
});

test('a thousand tags take several responses, each of which fits in one packet on every link', () => {
  const responses = encodeMdns(message(1_000), ON);
  expect(responses.length).toBe(Math.ceil(1_000 / TAGS_PER_RESPONSE));
  expect(Math.max(...responses.map((one) => one.length))).toBeLessThan(1_232);
  const told = responses.flatMap((one) => decodeMdns(one, ON.ip)?.beacon?.tags ?? []);
  expect(told).toEqual(message(1_000).tags);
  const names = responses.map((one) => (dns.decode(Buffer.from(one)).answers?.[0] as dns.StringAnswer).data);
  expect([new Set(names).size, names.slice(0, 2)]).toEqual([
    responses.length,
    ['01020304050607ab._cove._tcp.local', '01020304050607ab-1._cove._tcp.local'],
  ]);
});

test('it is a service of mDNS, and names nothing but the nonce and this network’s address', () => {
  const { answers, flag_aa: authoritative, type } = dns.decode(Buffer.from(response));
  const name = '01020304050607ab._cove._tcp.local';
  expect([type, authoritative]).toEqual(['response', true]);
  const text = [Buffer.from('v=1'), Buffer.concat([Buffer.from('n='), nonce])];
  const tags = Buffer.concat([Buffer.from('t0='), tag(0), tag(1)]);
  expect(answers?.map((one) => [one.type, one.name, 'flush' in one && one.flush, 'data' in one && one.data])).toEqual([
    ['PTR', '_cove._tcp.local', false, name],
    ['SRV', name, true, { port: 47_632, priority: 0, weight: 0, target: '01020304050607ab.local' }],
    ['TXT', name, true, [...text, tags]],
    ['A', '01020304050607ab.local', true, '192.168.7.2'],
  ]);
  const said = Buffer.concat(encodeMdns(message(2, true), ON))
    .toString('latin1')
    .toLowerCase();
  expect([hostname(), userInfo().username].filter((one) => said.includes(one.toLowerCase()))).toEqual([]);
});

test('a query of another program’s is answered, one about something else is not', () => {
  const ask = (name: string, type: 'PTR' | 'ANY' | 'SRV') =>
    decodeMdns(dns.encode({ type: 'query', questions: [{ type: type as dns.RecordType, name }] }), ON.ip);
  expect([ask('_COVE._tcp.local', 'PTR'), ask('_cove._tcp.local', 'PTR'), ask('_cove._tcp.local', 'ANY')]).toEqual([
    undefined,
    { asks: true, nonce: undefined },
    { asks: true, nonce: undefined },
  ]);
  expect([ask('_cove._tcp.local', 'SRV'), ask('x._cove._tcp.local', 'PTR'), ask('_ipp._tcp.local', 'PTR')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

/** The response with one record replaced. */
function changed(type: string, change: (data: never) => unknown): Uint8Array {
  const packet = dns.decode(Buffer.from(response));
  const answers = packet.answers?.map((one) =>
    one.type === type && 'data' in one ? { ...one, data: change(one.data as never) } : one,
  ) as dns.Answer[];
  return dns.encode({ type: 'response', answers });
}

test('what a repeater, a liar or another program says is no beacon', () => {
  const text = (change: (strings: Buffer[]) => Buffer[]) => decodeMdns(changed('TXT', change as never), ON.ip);
  expect(
    decodeMdns(
      changed('TXT', (data) => data),
      ON.ip,
    )?.beacon,
    'the control',
  ).toBeDefined();
  expect(decodeMdns(response, '192.168.7.9'), 'from another computer than the one it is about').toBeUndefined();
  expect(
    decodeMdns(
      changed('SRV', (data: object) => ({ ...data, port: 0 })),
      ON.ip,
    ),
  ).toBeUndefined();
  expect(
    decodeMdns(
      changed('PTR', () => 'other._cove._tcp.local'),
      ON.ip,
    ),
  ).toBeUndefined();
  expect(text(([, ...others]) => [Buffer.from('v=2'), ...others])).toBeUndefined();
  expect(text(([version, , ...tags]) => [version as Buffer, Buffer.from('n=short'), ...tags])).toBeUndefined();
  expect(text(([version, own]) => [version as Buffer, own as Buffer, Buffer.from('t0=12345')])?.beacon?.tags).toEqual(
    [],
  );
  const twice = text((strings) => [...strings, Buffer.concat([Buffer.from('t0='), tag(7)])]);
  expect(twice?.beacon?.tags, 'of a key that is there twice the first counts').toEqual([tag(0), tag(1)]);
});

test('what is too long, or promises more than it has, is not looked at', () => {
  const promises = Buffer.from(response);
  promises.writeUInt16BE(0xffff, 6);
  const long = Buffer.concat([response, Buffer.alloc(1_473 - response.length)]);
  const other = dns.encode({ type: 'query', questions: [{ type: 'PTR', name: '_ipp._tcp.local' }] });
  expect([response, promises, long, other, Buffer.alloc(0)].map(isOfService)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
  expect([promises, long].map((one) => decodeMdns(one, ON.ip))).toEqual([undefined, undefined]);
});
