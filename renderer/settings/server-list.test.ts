import { expect, test } from 'vitest';
import { readList } from './server-list.ts';

test('one address per line; empty lines and repetitions are left out', () => {
  expect(readList(' mqtts://a.example:8883 \n\nmqtt://10.0.0.2\nmqtt://10.0.0.2', 'points')).toEqual({
    ok: true,
    urls: ['mqtts://a.example:8883', 'mqtt://10.0.0.2'],
  });
  expect(readList('', 'points')).toEqual({ ok: true, urls: [] });
  const stun = ['stun:a.example', 'stun:a.example:3478', 'stun:192.0.2.1:1'];
  expect(readList(stun.join('\n'), 'stun')).toEqual({ ok: true, urls: stun });
  // libdatachannel refuses these, and with them every connection.
  for (const url of ['stun:[2001:db8::1]:443', 'Stun:a.example'])
    expect(readList(url, 'stun')).toMatchObject({ ok: false });
});

test('what is no address is named, and more than eight are refused', () => {
  expect(readList('https://a.example', 'points')).toMatchObject({
    ok: false,
    problem: expect.stringContaining('https://a'),
  });
  expect(readList('broker.example', 'points')).toMatchObject({ ok: false });
  expect(readList('mqtt://a b', 'points')).toMatchObject({ ok: false });
  const many = (line: (n: number) => string) => Array.from({ length: 9 }, (_, n) => line(n)).join('\n');
  expect(
    readList(
      many((n) => `mqtt://h${n}`),
      'points',
    ),
  ).toMatchObject({ ok: false });
  expect(
    readList(
      many((n) => `stun:h${n}`),
      'stun',
    ),
  ).toMatchObject({ ok: false });
});

test('a STUN address is a host and a port, and nothing else', () => {
  const wrong = [
    ...[
      'stun:',
      'stun:a.example:',
      'stun:a.example:0',
      'stun:a.example:65536',
      'stun:a.example:port',
      'a.example:3478',
    ],
    ...['stun://a.example', 'stun:a.example/path', 'stun:a.example?transport=tcp', 'stun:me@a.example', 'stun:a b'],
    ...['turn:a.example', 'mqtts://a.example', `stun:${'a'.repeat(300)}`, 'stun:[::1', 'stun:a#b'],
  ];
  expect(wrong.filter((line) => readList(line, 'stun').ok)).toEqual([]);
});

test('computers by address', () => {
  const good = [
    ...['192.168.7.2:47632', '192.168.7.2', 'ada-laptop', 'ada.example:1', '[fd00::2]:47632', '[fd00::2]'],
    ...['[fe80::2%eth0]:47632'],
  ];
  expect(readList(good.join('\n'), 'neighbours')).toEqual({ ok: true, urls: good });
  const wrong = ['ada:0', 'ada:65536', 'ada:port', 'fd00::2', '[ada]', 'mqtt://ada', 'me@ada', 'a b', ':1', '[fd00::2'];
  wrong.push('192.168.7.2,192.168.7.3', '192.168.7.256', '192.168.7', '-ada', 'ada..example', '..', '%', '\u202eada');
  expect(wrong.filter((line) => readList(line, 'neighbours').ok)).toEqual([]);
});

test('relay servers, with or without what to log in with; what is before the @ is not repeated', () => {
  const good = [
    ...['turn:me:word@turn.example', 'turn::a%20secret/+=@turn.example:3478', 'turn:turn.example', 'turn:me@192.0.2.1'],
    ...['turn:me:word@turn.example:3478?transport=tcp', 'turns:me:w@rd@turn.example:443', 'turn::s@[2001:db8::1]:3478'],
    ...['turns::s@turn.example?transport=tcp', 'turn::s@turn.example?transport=udp'],
  ];
  expect(readList(good.slice(0, 8).join('\n'), 'turn', good)).toEqual({ ok: true, urls: good.slice(0, 8) });
  expect(good.filter((line) => !readList(line, 'turn', [line]).ok)).toEqual([]);
  expect(good.filter((line) => !readList(line, 'turn').ok)).toEqual(['turn:turn.example', 'turn:me@192.0.2.1']);
  expect(readList('turn:me@192.0.2.1', 'turn', ['turn:you@192.0.2.1'])).toMatchObject({
    problem: expect.stringContaining('“turn:me@192.0.2.1” lacks its password'),
  });
  const wrong = [
    ...['turn:', 'turn:me:word@', 'turn:me:word@a.example:0', 'turn:me:word@a.example:65536', 'me:word@a.example'],
    ...['stun:a.example', 'turn://me:word@a.example', 'turn:me:word@a.example/path', 'turn:me:a word@a.example'],
    ...['turns:me:word@a.example?transport=udp', 'turn:me:word@a.example?transport=sctp', `turn:${'a'.repeat(300)}`],
  ];
  expect(wrong.filter((line) => readList(line, 'turn').ok)).toEqual([]);
  expect(readList('turn:me:word@a.example:0', 'turn')).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^“…@a\.example:0” is not/),
  });
});
