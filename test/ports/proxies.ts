/** Real proxies for tests, on this computer: tinyproxy (HTTP) and microsocks (SOCKS 5). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, freePorts, run } from './server.ts';

export interface Login {
  readonly name: string;
  readonly password: string;
}
export interface ProxyServer {
  /** Without anything to log in with. */
  readonly host: string;
  close(): Promise<void>;
}

/** `to`: the only ports that it lets through to; absent: any. */
export async function startTinyproxy({
  login,
  to = [],
}: { login?: Login; to?: readonly number[] } = {}): Promise<ProxyServer> {
  const [port = 0] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), 'cove-tinyproxy-'));
  const config = join(folder, 'tinyproxy.conf');
  writeFileSync(config, tinyproxyConfig({ port, login, to }));
  const child = await run('tinyproxy', ['-d', '-c', config], [port]);
  return {
    host: `127.0.0.1:${port}`,
    async close() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface TinyproxyOptions {
  readonly port: number;
  readonly login?: Login | undefined;
  readonly to?: readonly number[];
}

export const tinyproxyConfig = ({ port, login, to = [] }: TinyproxyOptions): string =>
  [
    `Port ${port}`,
    'Timeout 600',
    'MaxClients 100',
    ...(login ? [`BasicAuth ${login.name} ${login.password}`] : []),
    ...to.map((one) => `ConnectPort ${one}`),
    '',
  ].join('\n');

export async function startMicrosocks(login?: Login): Promise<ProxyServer> {
  const [port = 0] = await freePorts(1);
  const child = await run('microsocks', microsocksArguments(port, login), [port]);
  return { host: `127.0.0.1:${port}`, close: () => end(child) };
}

export const microsocksArguments = (port: number, login?: Login): string[] => [
  '-p',
  `${port}`,
  ...(login ? ['-u', login.name, '-P', login.password] : []),
];
