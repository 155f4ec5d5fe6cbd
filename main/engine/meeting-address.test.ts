/** Of what somebody else names, only a broker behind TLS or an address on the local network is dialled. */
import { expect, test } from 'vitest';
import { inLowerCase, isBrokerUrl, mayBeNamed, mayBeNamedForAll } from './meeting-address.ts';

const judged = (urls: readonly string[], loopback = false): readonly string[] =>
  urls.filter((url) => mayBeNamed(url, { loopback }));

const GOOD = ['mqtts://meet.example', 'mqtts://meet.example:8884', 'mqtts://[fd00::1]:8883', 'mqtt://192.168.1.7:1883'];
const LOOPBACK = ['mqtt://127.0.0.1:1883', 'mqtts://127.0.0.1', 'mqtts://localhost:8883', 'mqtts://[::1]'];

test('brokers behind TLS and addresses on the local network may be named', () => {
  expect(judged(GOOD)).toEqual(GOOD);
});

test('an address may be typed in capitals, and only what may have them keeps them', () => {
  expect(['MQTTS://Meet.Example:8883/Way', 'mqtts://Ana:Secret@Meet.example', 'No address'].map(inLowerCase)).toEqual([
    ...['mqtts://meet.example:8883/Way', 'mqtts://Ana:Secret@meet.example', 'No address'],
  ]);
});

test('a loopback address may be named only where everything is bound to the loopback', () => {
  expect(judged(LOOPBACK)).toEqual([]);
  expect(judged(LOOPBACK, true)).toEqual(LOOPBACK);
});

test('no other spelling of a loopback address passes', () => {
  const spelt = ['127.1', '2130706433', '0x7f000001', '0x7f.1', '127.0.0.01', '0.0.0.0', '0', 'a.localhost'];
  const six = ['[::]', '[0:0:0:0:0:0:0:1]', '[0000:0::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'];
  expect([...spelt, ...six].filter((host) => isBrokerUrl(`mqtts://${host}:8883`))).toEqual([]);
});

test('nothing that reaches another kind of service may be named, loopback or not', () => {
  const urls = [
    'ws://127.0.0.1:80/router/reboot?now=1',
    'wss://meet.example/mqtt',
    'http://192.168.1.1',
    'mqtt://meet.example:1883',
    'mqtt://8.8.8.8:1883',
    'mqtt://192.168.1.7',
    'mqtt://192.168.1.7:0',
    'mqtt://192.168.1.7:1883/path',
    'mqtt://192.168.1.7:1883?query',
    'mqtt://user:secret@192.168.1.7:1883',
    'mqtts://user@meet.example',
    'mqtts://meet.example?query',
    'mqtts://meet.example#fragment',
    'mqtts://MEET.example',
    `mqtts://${'a'.repeat(57)}`,
  ];
  expect([...judged(urls), ...judged(urls, true)]).toEqual([]);
});

test('for everybody in a space only what is the same computer for everybody may be named', () => {
  const good = [
    'mqtts://meet.example',
    'mqtts://203.0.113.7:8884',
    'mqtts://[2001:db8::7]',
    'mqtts://[2a00:1450::5]:443',
  ];
  const four = [
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.7',
    '169.254.1.1',
    '100.64.0.1',
    '0.1.2.3',
    '127.0.0.1',
    '224.0.0.1',
  ];
  const six = [
    '[fd00::1]',
    '[fe80::1]',
    '[ff02::1]',
    '[::1]',
    '[64:ff9b::a00:1]',
    '[2002:a00:1::1]',
    '[2001:0:a00:1::1]',
  ];
  const more = ['255.255.255.255', '[200::1]', '[2001::1]', '[2001:0000:a00:1::1]', 'localhost', '0x0a000001'];
  const bad = [...four, ...six, ...more].map((host) => `mqtts://${host}:8883`);
  const other = [
    'mqtt://192.168.1.7:1883',
    'mqtt://meet.example',
    'wss://meet.example',
    'mqtts://ana:word@meet.example',
  ];
  const all = [...good, ...bad, ...other];
  expect(all.filter((url) => mayBeNamedForAll(url))).toEqual(good);
  // Bound to the loopback everybody is on this computer.
  expect(mayBeNamedForAll('mqtt://127.0.0.1:1883', { loopback: true })).toBe(true);
});
