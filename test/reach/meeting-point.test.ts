/** Two networks with nothing between them but the mosquitto of docs/meeting-point.md: two people join and write through it, by TLS. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificates } from '../ports/certificates.ts';
import { documentedConfiguration, documentedRates } from '../ports/documented-broker.ts';
import { aroundARouter } from './lab.ts';
import { answered, passes } from './people.ts';
import { staging } from './stage.ts';

const stage = staging();

/** Answers the authority that its certificate is of. `passwords` as mosquitto_passwd wants them. */
async function documentedBroker(on: Parameters<typeof stage.lab.server>[0], password?: string): Promise<string> {
  const { lab } = stage;
  const certificates = makeCertificates();
  const folder = mkdtempSync(join(tmpdir(), 'cove-documented-'));
  lab.onClose(() => (certificates.remove(), rmSync(folder, { recursive: true, force: true })));
  const tls = certificates.issue('IP:10.1.0.1,IP:10.2.0.1');
  const passwords = join(folder, 'passwords');
  if (password !== undefined) spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'friends', password]);
  const place = { folder, listener: '8883', ...tls, ...(password !== undefined && { passwords }) };
  // Of what it says only errors and warnings are wanted there; here, that it runs.
  const config = `${documentedConfiguration(place)}log_type information\n`;
  await lab.server(on, { program: 'mosquitto', config, runs: 'running' });
  return certificates.authority;
}

test.each([
  ['for everybody', undefined],
  ['for who has the password', '100%safe:word'],
])('the documented mosquitto, %s: invited, joined and written both ways through it', async (_, password) => {
  const { lab, people } = stage;
  const { here, there, router } = await aroundARouter(lab);
  lab.route(router, false);
  lab.rules(router, documentedRates());
  const authority = await documentedBroker(router, password);
  const who = password === undefined ? '' : `friends:${encodeURIComponent(password)}@`;
  const at = (ip: string) => ({
    COVE_LAN: '0',
    COVE_MEETING_POINTS: `mqtts://${who}${ip}`,
    NODE_EXTRA_CA_CERTS: authority,
  });
  const [ana, ben] = [await people.start(here, at('10.1.0.1')), await people.start(there, at('10.2.0.1'))];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await Promise.all([ana, ben].map((one) => answered(one, { do: 'linked', space, link: 'relayed' }, 'linked')));
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');
});

test('with the documented rates one address opens no more connections than it may, and another one its own', async () => {
  const { lab } = stage;
  const { here, there, router } = await aroundARouter(lab);
  lab.rules(router, documentedRates());
  await documentedBroker(router);
  const calls = `
    const { connect } = require('node:net');
    let open = 0;
    for (let i = 0; i < 100; i++) connect(8883, process.argv[1], () => open++).on('error', () => 0);
    setTimeout(() => (console.log(open), process.exit()), 900);`;
  const opened = (computer: typeof here, ip: string): number => {
    const [first = '', ...rest] = computer.inside;
    const { stdout } = spawnSync(first, [...rest, process.execPath, '-e', calls, ip], { encoding: 'utf8' });
    return Number(stdout);
  };
  const first = opened(here, '10.1.0.1');
  expect(first).toBeGreaterThan(50);
  expect(first).toBeLessThan(70);
  expect(opened(here, '10.1.0.1')).toBeLessThan(20);
  expect(opened(there, '10.2.0.1')).toBeGreaterThan(50);
});
