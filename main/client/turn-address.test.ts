import { expect, test } from 'vitest';
import { isTurnAddress } from '../../preload/contract/server-addresses.ts';
import { TURN_SERVERS, parseTurnServers, withoutSecret } from './turn-address.ts';

test('a server is a place, a way to speak to it, and what to log in with', () => {
  const rows = [
    ['turn:me:word@turn.example', ['turn.example', 3478, 'udp', 'me', 'word']],
    ['turn::a%20secret@turn.example:99', ['turn.example', 99, 'udp', undefined, 'a secret']],
    ['turn:1790000000%3Ame:wo:rd@192.0.2.1?transport=udp', ['192.0.2.1', 3478, 'udp', '1790000000:me', 'wo:rd']],
    ['turn:me:100%@turn.example?transport=tcp', ['turn.example', 3478, 'tcp', 'me', '100%']],
    ['turns:me:w@rd@turn.example', ['turn.example', 5349, 'tls', 'me', 'w@rd']],
    ['turns::x@[2001:db8::1]:443?transport=tcp', ['2001:db8::1', 443, 'tls', undefined, 'x']],
  ] as const;
  for (const [url, wanted] of rows) {
    const [server] = parseTurnServers([url]).usable;
    expect([server?.host, server?.port, server?.transport, server?.name, server?.secret], url).toEqual(wanted);
    expect(isTurnAddress(url), url).toBe(true);
  }
});

test.each([
  ...['', 'turn:', 'turn:me:word@', 'turn:me:word@a.example:0', 'turn:me:word@a.example:70000', 'turn:me:word@[a]'],
  ...['turns:me:word@a.example?transport=udp', 'stun:a.example', 'turn://me:word@a.example', 'turn:m e:w@a.example'],
])('%s is none, and the error repeats nothing of it', (url) => {
  const all = () => parseTurnServers(['turn:me:word@turn.example', url]);
  expect(all).toThrow(expect.objectContaining({ type: 'turn-invalid', detail: { number: 2 } }));
  expect(all).not.toThrow(/word@\[a\]|a\.example:70000/);
  expect([isTurnAddress(url), withoutSecret(url)]).toEqual([false, '']);
});

test('what is shown has no secret, and finds it again however it is spelt', () => {
  const { place, passwordOf, withPassword } = TURN_SERVERS;
  const rows = [
    ['turn:me:word@turn.example', 'turn:me@turn.example:3478'],
    ['TURN::a secret@turn.example'.replace(' ', '%20'), 'turn:turn.example:3478'],
    ['turns:m%3Ae:word@[2001:db8::1]', 'turns:m%3Ae@[2001:db8::1]:5349'],
    ['turn:me:word@turn.example?transport=tcp', 'turn:me@turn.example:3478?transport=tcp'],
  ] as const;
  for (const [given, shown] of rows) {
    expect([place(given), place(shown)]).toEqual([shown, shown]);
    expect([passwordOf(shown), passwordOf(withPassword(shown, 'n:w@%'))]).toEqual(['', 'n:w@%']);
    expect(parseTurnServers([shown])).toEqual({ usable: [], lacking: [shown] });
  }
});
