/** A keychain of a test's own, whose every write is a line: what was there before a kill is there after it. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Keychain } from '../../../main/engine/ports.ts';

export function fileKeychain(file: string): Keychain {
  const items = () => keychainItems(file);
  return {
    get: (account) => Promise.resolve(items().get(account) || null),
    set: (account, secret) => Promise.resolve(appendFileSync(file, `${JSON.stringify([account, secret])}\n`)),
    delete: (account) => Promise.resolve(appendFileSync(file, `${JSON.stringify([account, ''])}\n`)),
  };
}

/** What it holds now, by account; deleted items are empty. */
export function keychainItems(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(']'));
  return new Map(lines.map((line) => JSON.parse(line) as [string, string]));
}
