import { afterEach, expect, test, vi } from 'vitest';
import { shownProxy } from '../../native/proxy/address.ts';
import { createSystemClock } from '../../native/clock.ts';
import { createRoutes, parseProxyChoice, type ProxiesOptions } from './proxies.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function routes(choice: string, options: Partial<ProxiesOptions> = {}) {
  const way = createRoutes({
    ...{ choice: () => parseProxyChoice(choice), system: undefined, loopback: false },
    ...{ clock: createSystemClock(), log: () => undefined },
    ...options,
  });
  return async (host: string) =>
    (await way({ host, port: 8883 }))?.map((route) => route && shownProxy(route)) ?? 'direct';
}

test('what is near is reached directly, whatever proxy there is', async () => {
  const way = routes('http://proxy.example:8080', { system: () => Promise.resolve('PROXY other.example:1') });
  const near = ['127.0.0.1', '::1', '192.168.1.7', '10.0.0.1', 'fe80::1', 'fd00::1', 'localhost'];
  expect(await Promise.all(near.map(way))).toEqual(near.map(() => 'direct'));
  expect(await way('broker.example')).toEqual(['http://proxy.example:8080']);
  expect(await way('203.0.113.7')).toEqual(['http://proxy.example:8080']);
  expect(await routes('none')('broker.example')).toBe('direct');
});

test('the system is asked for each place, and what fails or takes long is as none', async () => {
  const asked: string[] = [];
  const system = (url: string) => (asked.push(url), Promise.resolve('PROXY proxy.example:8080; DIRECT'));
  expect(await routes('system', { system })('broker.example')).toEqual(['http://proxy.example:8080', undefined]);
  expect(asked).toEqual(['https://broker.example:8883/']);
  expect(await routes('system', { system, loopback: true })('broker.example')).toBe('direct');
  const said: string[] = [];
  const log = (event: string) => void said.push(event);
  expect(await routes('system', { log, system: () => Promise.reject(new Error('no')) })('broker.example')).toEqual([
    undefined,
  ]);
  vi.useFakeTimers();
  const waiting = routes('system', { log, system: () => new Promise(() => undefined) })('broker.example');
  await vi.advanceTimersByTimeAsync(8_000);
  expect(await waiting).toEqual([undefined]);
  expect(said).toEqual(['system-proxy-unknown', 'system-proxy-unknown']);
});

test('without a system to ask, the environment says', async () => {
  vi.stubEnv('https_proxy', 'http://proxy.example:8080');
  vi.stubEnv('NO_PROXY', 'other.example');
  vi.stubEnv('no_proxy', '');
  expect(await routes('system')('broker.example')).toEqual(['http://proxy.example:8080']);
  expect(await routes('system')('other.example')).toBe('direct');
  expect(await routes('none')('broker.example')).toBe('direct');
});
