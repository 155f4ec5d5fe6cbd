/** The Keychain port: the acceptance suite on every implementation, and the failures of the real ones. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createKeychain, createPassphraseKeychain } from '../../native/keychain/index.ts';
import { createMemoryKeychain } from './keychain-memory.ts';
import type { Keychain } from '../../main/engine/ports.ts';
import { keychainChecks, keychainSuite } from './keychain.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'cove-keychain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

keychainSuite('in memory', createMemoryKeychain);
keychainSuite('passphrase file', () =>
  createPassphraseKeychain({ file: join(folder, 'suite'), passphrase: 'correct horse' }),
);
// Needs an unlocked keyring on the session bus, which the test runner starts; without one this fails.
keychainSuite('of the system', () => createKeychain({ timeout: 5_000 }));

/** Keychains with the faults that the suite is about, each with the sentences that it does not meet. */
const broken: Readonly<Record<string, readonly [(whole: Keychain) => Partial<Keychain>, ...sentences: string[]]>> = {
  'keeps the first item': [
    (whole) => ({
      set: async (account, secret) => void ((await whole.get(account)) ?? (await whole.set(account, secret))),
    }),
    'an item comes back as it was set, the last one set',
  ],
  'keeps text as Latin-1': [
    (whole) => ({ set: (account, secret) => whole.set(account, Buffer.from(secret, 'latin1').toString('latin1')) }),
    'an item comes back as it was set, the last one set',
  ],
  'gives an empty text for what is not there': [
    (whole) => ({ get: async (account) => (await whole.get(account)) ?? '' }),
    'an item that was never set is null',
    'accounts are apart',
    'a deleted item is null, and deleting what is not there is no failure',
  ],
  'has one item for all': [
    (whole) => ({
      get: () => whole.get('one'),
      set: (_, secret) => whole.set('one', secret),
      delete: () => whole.delete('one'),
    }),
    'accounts are apart',
  ],
  'does not delete': [
    () => ({ delete: async () => undefined }),
    'a deleted item is null, and deleting what is not there is no failure',
  ],
  'fails on what is not there': [
    (whole) => ({
      async delete(account) {
        if ((await whole.get(account)) === null) throw new Error('no such item');
        await whole.delete(account);
      },
    }),
    'a deleted item is null, and deleting what is not there is no failure',
  ],
};

test.each(Object.entries(broken))('a keychain that %s does not pass', async (_name, [fault, ...sentences]) => {
  const failed: string[] = [];
  for (const [sentence, check] of Object.entries(keychainChecks)) {
    const whole = createMemoryKeychain();
    await check({ ...whole, ...fault(whole) }, 'account').catch(() => failed.push(sentence));
  }
  expect(failed).toEqual(sentences);
});

test('the passphrase file is for its owner only and shows nothing', async () => {
  const file = join(folder, 'own');
  await createPassphraseKeychain({ file, passphrase: 'one' }).set('account', 'the-secret');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file).includes('the-secret')).toBe(false);
  expect(readFileSync(file).includes('cove-pf1')).toBe(true);
});

test('another passphrase neither reads nor overwrites it', async () => {
  const file = join(folder, 'other');
  await createPassphraseKeychain({ file, passphrase: 'one' }).set('account', 'secret');
  const before = readFileSync(file);
  const wrong = createPassphraseKeychain({ file, passphrase: 'two' });
  const locked = expect.objectContaining({ type: 'passphrase-wrong' }) as Error;
  await expect(wrong.get('account')).rejects.toThrow(locked);
  await expect(wrong.set('account', 'new')).rejects.toThrow(locked);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a damaged passphrase file is not an empty keychain', async () => {
  const file = join(folder, 'damaged');
  await createPassphraseKeychain({ file, passphrase: 'one' }).set('account', 'secret');
  const whole = readFileSync(file);
  for (const damaged of [whole.subarray(0, 40), Buffer.concat([Buffer.from('x'), whole]), flipped(whole, 60)]) {
    writeFileSync(file, damaged);
    await expect(createPassphraseKeychain({ file, passphrase: 'one' }).get('account')).rejects.toThrow(
      expect.objectContaining({ name: 'CoveError' }),
    );
  }
});

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
};

/**
 * In a process of its own, as a session bus is found once per process; killed after its answer, as a
 * process whose keychain hangs does not end by itself.
 */
async function askWith(environment: Record<string, string>, timeout: number): Promise<string> {
  const url = new URL('../../native/keychain/index.ts', import.meta.url).href;
  const program = `import { createKeychain } from ${JSON.stringify(url)};
    try { console.log(await createKeychain({ timeout: ${timeout} }).get('nobody')); } catch (e) { console.log(e.type, JSON.stringify(e.detail), e.cause ? 'with a cause' : ''); }`;
  const env = { PATH: process.env['PATH'] ?? '', ...environment };
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env });
  const answer = await new Promise<string>((resolve) => {
    child.stdout.once('data', (data) => resolve(String(data).trim()));
    child.once('exit', () => resolve('ended without an answer'));
  });
  child.kill('SIGKILL');
  return answer;
}

test.runIf(process.platform === 'linux')('without a Secret Service the keychain is missing, not empty', async () => {
  expect(await askWith({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(folder, 'nobody-listens')}` }, 5_000)).toBe(
    'keychain-missing {} with a cause', // what libsecret said is no window's business
  );
});

test.runIf(process.platform === 'linux')('a Secret Service that never answers is called locked in time', async () => {
  const { createServer } = await import('node:net');
  const path = join(folder, 'silent-bus');
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    expect(await askWith({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` }, 500)).toBe(
      'keychain-locked {"reason":"no answer"}',
    );
  } finally {
    server.close();
  }
});
