/** The proxy of a whole Cove: what of it is kept where, what is refused, and what is said of one that does not do. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { doctorReport } from '../../main/client/index.ts';
import { startTinyproxy } from '../ports/proxies.ts';
import { computers } from './clients.ts';

const all = computers();

test('the password of a proxy is in no file beside the database, in no log and no report, and is there after a restart', async () => {
  const server = await startTinyproxy({ login: { name: 'ada', password: 'kanarienvogel' } });
  onTestFinished(() => server.close());
  const shown = `http://ada@${server.host}`;
  const said: string[] = [];
  const log = (event: string, detail: unknown) => void said.push(`${event} ${JSON.stringify(detail)}`);
  // An address of documentation: nobody is there, and the proxy finds that out.
  const meetingPoints = ['mqtt://ada:kanarienbroker@localhost.:9'];
  const ada = await all.start('ada', { meetingPoints, proxy: shown, log });
  await ada.client.halo.createProfile({ displayName: 'Ada' });
  const { mesh } = ada.client;
  const point = (of: typeof mesh) => of.meetingPoints.find(({ url }) => url.includes('localhost.'));
  await expect.poll(() => point(mesh)?.proxy, { timeout: 10_000 }).toEqual({ url: shown, fault: 'password' });
  expect(mesh.setProxy(`http://ada:kanarienvogel@${server.host}/`)).toBe(shown);
  expect(mesh.proxy).toBe(shown);
  await expect.poll(() => point(mesh)?.proxy, { timeout: 10_000 }).toMatchObject({ url: shown, fault: 'no-way' });
  const { mesh: again } = await ada.restart();
  expect(again.proxy, 'given without its password').toBe(shown);
  await expect.poll(() => point(again)?.proxy, { timeout: 10_000 }).toMatchObject({ url: shown, fault: 'no-way' });
  const report = doctorReport(again.examine(), { version: '0', system: 'linux' }, 0);
  expect(report).toMatch(/^Meeting point \d: (?:offline|connecting) \(through a proxy, no-way\)$/m);
  expect(report).not.toContain(server.host);
  expect([report, ...said, JSON.stringify(again.meetingPoints)].filter((text) => text.includes('kanarien'))).toEqual(
    [],
  );
  for (const file of readdirSync(ada.dataDir, { recursive: true, encoding: 'utf8' })) {
    const path = join(ada.dataDir, file);
    if (statSync(path).isFile()) expect(readFileSync(path).includes('kanarien'), file).toBe(false);
  }
  expect(again.setProxy(shown)).toBe(shown);
  expect(again.setProxy('none')).toBe('none');
  expect(again.setProxy(shown)).toBe(shown);
  await expect.poll(() => point(again)?.proxy, { timeout: 10_000 }).toEqual({ url: shown, fault: 'password' });
});

test('an address that is none is refused, with nothing changed and nothing of it repeated', async () => {
  const refusal = await all.start('ada', { proxy: 'ftp://me:word@proxy.example' }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ type: 'proxy-invalid' });
  expect(JSON.stringify(refusal)).not.toContain('word');
  const ben = await all.start('ben', { proxy: 'socks5://proxy.example' });
  expect(() => ben.client.mesh.setProxy('http://proxy.example/path')).toThrow(
    expect.objectContaining({ type: 'proxy-invalid' }),
  );
  expect(ben.client.mesh.proxy).toBe('socks5://proxy.example:1080');
});

test('the environment names it where no program does', async () => {
  vi.stubEnv('COVE_PROXY', 'http://me:word@proxy.example:8080');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect((await all.start('ada')).client.mesh.proxy).toBe('http://me@proxy.example:8080');
  expect((await all.start('ben', { proxy: 'none' })).client.mesh.proxy).toBe('none');
  vi.stubEnv('COVE_PROXY', '');
  expect((await all.start('cem')).client.mesh.proxy).toBe('system');
});
