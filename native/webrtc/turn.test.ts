import { expect, test } from 'vitest';
import { credentialsFor, type TurnServer } from './turn.ts';

const server: TurnServer = { host: 'turn.example', port: 3478, transport: 'udp', name: undefined, secret: 'north' };

test('a shared secret makes a name that says until when it is good, and its password', () => {
  const { username, password } = credentialsFor(server, 1_800_000_000_999);
  expect(username).toBe(`${1_800_000_000 + 12 * 3600}:cove`);
  expect(password).toBe('gJmhPNWzpma8DzmuXdxlOgWw2lc=');
});

test('a name and a password are used as they are', () => {
  expect(credentialsFor({ ...server, name: 'me' }, 0)).toEqual({ username: 'me', password: 'north' });
});
