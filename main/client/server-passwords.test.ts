import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createStorage } from '../../native/sqlite/storage.ts';
import { migrate } from '../engine/echo/schema.ts';
import { BROKERS, ServerPasswords } from './server-passwords.ts';

function database() {
  const storage = createStorage(new Database(':memory:'));
  migrate(storage);
  return storage;
}

test('an address that comes back without its password has it still', () => {
  const storage = database();
  new ServerPasswords(BROKERS, () => storage).keep([
    'mqtts://me:100%safe@one.example',
    'WSS://me:two@Two.example',
    'mqtt://three.example',
  ]);
  const later = new ServerPasswords(BROKERS, () => storage);
  expect(
    later.filled(['mqtts://me@one.example', 'wss://me@two.example/', 'mqtt://three.example', 'no address']),
  ).toEqual(['mqtts://me:100%safe@one.example', 'wss://me:two@two.example/', 'mqtt://three.example', 'no address']);
  const other = ['mqtts://you@one.example', 'mqtts://me@one.example:9', 'mqtts://me:new@one.example'];
  expect(later.filled(other), 'another name, another port, a new password').toEqual(other);
});

test('what is no longer on the list is forgotten', () => {
  const storage = database();
  const passwords = new ServerPasswords(BROKERS, () => storage);
  passwords.keep(['mqtts://me:one@one.example', 'mqtts://me:two@two.example']);
  passwords.keep(passwords.filled(['mqtts://me@two.example']));
  const back = ['mqtts://me@one.example', 'mqtts://me@two.example'];
  expect(passwords.filled(back)).toEqual(['mqtts://me@one.example', 'mqtts://me:two@two.example']);
});

test('before there is a database they are kept in memory, and in it once there is one', () => {
  const opened: ReturnType<typeof database>[] = [];
  const passwords = new ServerPasswords(BROKERS, () => opened[0]);
  passwords.keep(['mqtts://me:early@one.example']);
  expect(passwords.filled(['mqtts://me@one.example'])).toEqual(['mqtts://me:early@one.example']);
  opened.push(database());
  passwords.started();
  expect(new ServerPasswords(BROKERS, () => opened[0]).filled(['mqtts://me@one.example'])).toEqual([
    'mqtts://me:early@one.example',
  ]);
});
