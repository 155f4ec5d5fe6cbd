import { afterEach, expect, test, vi } from 'vitest';
import { parseProxy, routesOfPac, shownProxy, urlToAsk, writtenProxy } from './address.ts';
import { proxyOfEnvironment } from './environment.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['http://proxy.example:8080', { protocol: 'http', host: 'proxy.example', port: 8080, name: '', password: '' }],
  ['https://proxy.example', { protocol: 'https', port: 443 }],
  ['socks5://[2001:db8::7]', { protocol: 'socks5', host: '2001:db8::7', port: 1080 }],
  ['SOCKS5H://192.0.2.1:9050/', { protocol: 'socks5', port: 9050 }],
  ['http://me:p%40ss%3A%25@proxy.example:1', { name: 'me', password: 'p@ss:%', port: 1 }],
  [' http://me:100%25%@proxy.example ', { password: '100%25%', port: 80 }],
])('%s is a proxy', (text, proxy) => {
  const read = parseProxy(text);
  expect(read).toMatchObject(proxy);
  expect(read && parseProxy(writtenProxy(read)), 'written and read again').toEqual(read);
});

test.each([
  ...['', 'none', 'proxy.example:8080', 'ftp://proxy.example', 'socks4://proxy.example', 'http://', 'http://h:0'],
  ...['http://h/path', 'http://h/?q', 'http://h#x', 'http://h:70000', `http://h${'h'.repeat(1000)}`],
  ...[`socks5://${'n'.repeat(256)}:p@h`, `http://n:${'é'.repeat(128)}@h`, 'http://a%3Ab:p@h'],
])('%s is none', (text) => {
  expect(parseProxy(text)).toBeUndefined();
});

test('what is shown has no password', () => {
  const shown = (text: string) => shownProxy(parseProxy(text) as NonNullable<ReturnType<typeof parseProxy>>);
  expect(shown('http://me:secret@proxy.example')).toBe('http://me@proxy.example:80');
  expect(shown('socks5://:secret@[::1]:9')).toBe('socks5://[::1]:9');
});

test('what a system says is read in its order, without what Cove cannot go through', () => {
  const read = (answer: string) =>
    routesOfPac(answer).map((route) => (route === undefined ? 'direct' : shownProxy(route)));
  expect(read('DIRECT')).toEqual(['direct']);
  expect(
    read('PROXY proxy.example:8080; HTTPS safe.example:443;SOCKS5 [::1]:1080; SOCKS old.example:1;direct'),
  ).toEqual([
    ...[
      'http://proxy.example:8080',
      'https://safe.example:443',
      'socks5://[::1]:1080',
      'socks5://old.example:1',
      'direct',
    ],
  ]);
  expect(read('SOCKS4 a.example:1; QUIC b.example:2; PROXY; PROXY c.example:0; ;')).toEqual([]);
  expect(urlToAsk({ host: '2001:db8::7', port: 8883 })).toBe('https://[2001:db8::7]:8883/');
});

test('the environment names one as other programs of a terminal take it', () => {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'])
    vi.stubEnv(name, '');
  const found = (host: string) => {
    const proxy = proxyOfEnvironment(urlToAsk({ host, port: 8883 }));
    return proxy && writtenProxy(proxy);
  };
  expect(found('broker.example')).toBeUndefined();
  vi.stubEnv('ALL_PROXY', 'socks5h://all.example:1080');
  expect(found('broker.example')).toBe('socks5://all.example:1080');
  vi.stubEnv('https_proxy', 'http://me:secret@https.example:8080');
  expect(found('broker.example')).toBe('http://me:secret@https.example:8080');
  vi.stubEnv('https_proxy', 'https.example:8080');
  expect(found('broker.example'), 'without a scheme').toBe('http://https.example:8080');
  vi.stubEnv('NO_PROXY', 'other.example,.broker.example,broker.example');
  expect([found('broker.example'), found('one.broker.example')]).toEqual([undefined, undefined]);
  expect(found('broker.elsewhere.example')).toBe('http://https.example:8080');
  vi.stubEnv('NO_PROXY', '*');
  expect(found('broker.example')).toBeUndefined();
});
