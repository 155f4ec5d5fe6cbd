import { execFileSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { builtBinding, nativeBinding } from './native-binding.ts';

const napi = process.versions['napi'] as string;
const pretend = (version: string) => Object.defineProperty(process.versions, 'napi', { value: version });

afterEach(() => {
  pretend(napi);
  vi.unstubAllEnvs();
});

test('it is looked for where the set-up keeps it', () => {
  const setUp = new URL('../../build/setup/project.mjs', import.meta.url).href;
  const cache = execFileSync(
    process.execPath,
    ['--input-type=module', '-e', `import { cacheFolder } from '${setUp}'; process.stdout.write(cacheFolder());`],
    { encoding: 'utf8' },
  );
  expect(builtBinding().startsWith(cache)).toBe(true);
  expect(builtBinding()).toMatch(/better-sqlite3-\d+\.\d+\.\d+-\w+-\w+-napi9.better_sqlite3\.node$/);
});

test('a runtime below N-API 10 is told when it is not there; a newer one needs none', () => {
  vi.stubEnv('COVE_SQLITE_BINDING', '/nowhere/better_sqlite3.node');
  pretend('10');
  expect(nativeBinding()).toEqual({});
  pretend('9');
  expect(nativeBinding).toThrow(expect.objectContaining({ type: 'sqlite-missing' }));
  vi.stubEnv('COVE_SQLITE_BINDING', process.execPath);
  expect(nativeBinding()).toEqual({ nativeBinding: process.execPath });
});
