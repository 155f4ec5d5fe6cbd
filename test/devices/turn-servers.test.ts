/** Relay servers of a whole Cove: what of them is kept where, and what is refused. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { doctorReport } from '../../main/client/index.ts';
import { computers } from './clients.ts';

const all = computers();
const SHOWN = 'turn:turn.example:3478';
const WHOLE = 'turn::kanarienvogel@turn.example';

test('the secret of a relay server is in no file beside the database, in no log and no report, and is there after a restart', async () => {
  const said: string[] = [];
  const log = (event: string, detail: unknown) => void said.push(`${event} ${JSON.stringify(detail)}`);
  const ada = await all.start('ada', { turnServers: [SHOWN], log });
  await ada.client.halo.createProfile({ displayName: 'Ada' });
  const { mesh } = ada.client;
  expect([mesh.turnServers, said.filter((line) => line.startsWith('turn-'))]).toEqual([
    [],
    ['turn-secret-missing {"servers":1}'],
  ]);
  expect(mesh.setTurnServers([WHOLE])).toEqual([SHOWN]);
  expect(mesh.turnServers).toEqual([SHOWN]);
  const { mesh: again } = await ada.restart();
  expect(again.turnServers, 'given without its secret').toEqual([SHOWN]);
  expect(again.setTurnServers([SHOWN])).toEqual([SHOWN]);
  const report = doctorReport(again.examine(), { version: '0', system: 'linux' }, 0);
  expect([report, ...said, JSON.stringify(again.turnServers)].filter((text) => text.includes('kanarien'))).toEqual([]);
  for (const file of readdirSync(ada.dataDir, { recursive: true, encoding: 'utf8' })) {
    const path = join(ada.dataDir, file);
    if (statSync(path).isFile()) expect(readFileSync(path).includes('kanarien'), file).toBe(false);
  }
  again.setTurnServers([]);
  expect(() => again.setTurnServers([SHOWN]), 'forgotten').toThrow();
});

test('an address that is none is refused, with nothing changed and nothing of it repeated', async () => {
  await expect(
    all.start('ada', { turnServers: ['turn:me:word@turn.example', 'https://word@x'] }),
  ).rejects.toMatchObject({
    type: 'turn-invalid',
    detail: { number: 2 },
  });
  await expect(all.start('ben', { iceServers: ['turn:me:word@turn.example'] })).rejects.toMatchObject({
    type: 'argument-invalid',
    detail: { argument: 'options.iceServers.0' },
  });
  const cem = await all.start('cem', { turnServers: [WHOLE] });
  await cem.client.halo.createProfile({ displayName: 'Cem' });
  const { mesh } = cem.client;
  expect(() => mesh.setTurnServers(['turn:me@turn.example'])).toThrow(
    expect.objectContaining({ type: 'turn-secret-missing' }),
  );
  expect(() => mesh.setTurnServers(['turn:word@x', 'turn:me:word@turn.example:0'])).toThrow(
    expect.objectContaining({ type: 'turn-invalid', detail: { number: 2 } }),
  );
  expect(mesh.turnServers).toEqual([SHOWN]);
});

test('the environment names them where no program does', async () => {
  process.env['COVE_TURN_SERVERS'] = `${WHOLE}, turns:me:word@turn.example`;
  try {
    const ada = await all.start('ada');
    expect(ada.client.mesh.turnServers).toEqual([SHOWN, 'turns:me@turn.example:5349']);
    const ben = await all.start('ben', { turnServers: [] });
    expect(ben.client.mesh.turnServers).toEqual([]);
  } finally {
    delete process.env['COVE_TURN_SERVERS'];
  }
});
