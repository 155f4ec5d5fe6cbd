import { expect, test } from 'vitest';
import { judgeCandidate } from './candidates.ts';
import { acceptableDescription, fingerprintOf } from './description.ts';

const at = (address: string, protocol = 'UDP', port = '5000'): string =>
  `candidate:1 1 ${protocol} 2114977791 ${address} ${port} typ host`;

test.each([
  ['192.168.1.7', 'use'],
  ['10.0.0.1', 'use'],
  ['203.0.113.9', 'use'],
  ['2001:db8::1', 'use'],
  ['fd00::1', 'use'],
  ['127.0.0.1', 'ignore'],
  ['127.8.9.1', 'ignore'],
  ['::1', 'ignore'],
  ['::ffff:127.0.0.1', 'ignore'],
  ['::ffff:169.254.1.1', 'ignore'],
  ['169.254.3.4', 'ignore'],
  ['fe80::1', 'ignore'],
  ['febf::1', 'ignore'],
  ['224.0.0.251', 'ignore'],
  ['ff02::fb', 'ignore'],
  ['0.0.0.0', 'ignore'],
  ['::', 'ignore'],
  ['255.255.255.255', 'ignore'],
  ['printer.local', 'ignore'],
  ['attacker.example', 'ignore'],
  ['0x7f.1', 'ignore'],
] as const)('a candidate at %s: %s', (address, verdict) => {
  expect(judgeCandidate(at(address), false)).toBe(verdict);
});

test('bound to the loopback, only the loopback is used', () => {
  expect(['127.0.0.1', '::1', '192.168.1.7', '203.0.113.9', 'x.local'].map((a) => judgeCandidate(at(a), true))).toEqual(
    ['use', 'use', 'ignore', 'ignore', 'ignore'],
  );
});

test('TCP candidates are left out and ports must be ports', () => {
  expect(judgeCandidate(at('192.168.1.7', 'TCP'), false)).toBe('ignore');
  expect(judgeCandidate(at('192.168.1.7', 'UDP', '0'), false)).toBe('malformed');
  expect(judgeCandidate(at('192.168.1.7', 'UDP', '70000'), false)).toBe('malformed');
  expect(judgeCandidate(`${at('192.168.1.7')}\r\na=ice-pwd:x`, false)).toBe('malformed');
});

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => (i + 0xa0).toString(16).toUpperCase()).join(':');
const SDP = [
  'v=0',
  'o=rtc 1 0 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=setup:actpass',
  'a=candidate:1 1 UDP 1 10.0.0.1 5000 typ host',
  '',
].join('\r\n');

test('a fingerprint is the 32 bytes of the only SHA-256 line', () => {
  expect(fingerprintOf(SDP)).toEqual(Uint8Array.from({ length: 32 }, (_, i) => i + 0xa0));
  expect(fingerprintOf(SDP.replace('sha-256', 'sha-1'))).toBeUndefined();
  expect(fingerprintOf(SDP.replace(/:BF/, ''))).toBeUndefined();
  expect(fingerprintOf(`${SDP}a=fingerprint:sha-256 ${FINGERPRINT}\r\n`)).toBeUndefined();
  expect(fingerprintOf('')).toBeUndefined();
});

test('embedded candidates are taken out and the offering side speaks first', () => {
  const accepted = acceptableDescription(SDP);
  expect(accepted).not.toContain('candidate');
  expect(accepted).toContain('a=setup:active\r\n');
});

test('a description with media, several sections, no fingerprint or too much text is refused', () => {
  expect(acceptableDescription(SDP)).toBeDefined();
  for (const refused of [
    SDP.replace('m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'm=audio 9 UDP/TLS/RTP/SAVPF 111'),
    `${SDP}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`,
    SDP.replace(/a=fingerprint.*\r\n/, ''),
    SDP + `a=x:${'y'.repeat(8_192)}\r\n`,
    `${SDP}\0`,
    undefined,
    7,
  ]) {
    expect(acceptableDescription(refused)).toBeUndefined();
  }
});
