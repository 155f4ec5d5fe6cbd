/** Meeting points behind TLS: a real mosquitto, with certificates of an authority that only some processes trust. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificates } from './certificates.ts';
import type { Certificates } from './certificates.ts';
import { startMosquitto } from './mosquitto.ts';
import type { Mosquitto } from './mosquitto.ts';

const PROGRAM = fileURLToPath(new URL('meet-program.ts', import.meta.url));
const run = promisify(execFile);

let certificates: Certificates;
let right: Mosquitto;
let wrongName: Mosquitto;

beforeAll(async () => {
  certificates = makeCertificates();
  right = await startMosquitto({ tls: certificates.issue('DNS:localhost,IP:127.0.0.1') });
  wrongName = await startMosquitto({ tls: certificates.issue('DNS:elsewhere.test') });
});
afterAll(async () => {
  await right.close();
  await wrongName.close();
  certificates.remove();
});

/** What a process with this environment says of each URL. */
async function meet(urls: readonly string[], environment: Record<string, string> = {}): Promise<unknown> {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, [PROGRAM, ...urls], { env: { ...env, ...environment } });
  return JSON.parse(stdout);
}
const byName = (url: string): string => url.replace('127.0.0.1', 'localhost');

test('who trusts the authority meets over mqtts and wss, by name and by address', async () => {
  const urls = [right.url, right.webSocketUrl, byName(right.url), byName(right.webSocketUrl)];
  const trusting = { NODE_EXTRA_CA_CERTS: certificates.authority };
  expect(await meet(urls, trusting)).toEqual(urls.map(() => 'a signal came back'));
});

test('a certificate of an unknown authority, or for another name, is refused and called so', async () => {
  const unknown = expect.stringContaining('does not know who signed its certificate') as string;
  expect(await meet([right.url, right.webSocketUrl])).toEqual([unknown, unknown]);
  const refused = expect.stringContaining('Its certificate is for another name') as string;
  const trusting = { NODE_EXTRA_CA_CERTS: certificates.authority };
  const urls = [wrongName.url, wrongName.webSocketUrl, byName(wrongName.url)];
  expect(await meet(urls, trusting)).toEqual([refused, refused, refused]);
});
