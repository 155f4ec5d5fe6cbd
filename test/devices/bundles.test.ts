/** Changes that go by file between Coves that have no network: whole ones, with real files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Client } from '../../main/client/index.ts';
import { allHave, computers, link, share, titles, until, write, type Computer } from './clients.ts';

const world = computers();
/** From now on nobody finds anybody: the space names the broker as well, so it goes. */
async function cutOff(...all: readonly Computer[]): Promise<void> {
  await world.broker.close();
  const alone = { meetingPoints: [], lan: false, ownMeetingPoint: false };
  await Promise.all(all.map((one) => one.restart(alone)));
}
let stick: string;
beforeEach(() => void (stick = mkdtempSync(join(tmpdir(), 'cove-stick-'))));
afterEach(() => rmSync(stick, { recursive: true, force: true }));

const start = async (displayName: string): Promise<Computer> => {
  const made = await world.start(displayName);
  await made.client.halo.createProfile({ displayName });
  return made;
};
const idOf = (client: Client): string => client.halo.profile?.identityId ?? '';
const typed = (type: string) => expect.objectContaining({ type }) as Error;

test('two who share a space and have no network write on, and bring each other what they wrote by file', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const space = await ana.client.echo.createSpace({ name: 'Home' });
  await share(space, ben.client);
  write(ana.client, space.key, 'before');
  await allHave([ana.client, ben.client], space.key, ['before']);
  await until('both know it', () => space.closing === 'safe');
  await cutOff(ana, ben);
  const [atAna, atBen] = [ana.client.echo.getSpace(space.key), ben.client.echo.getSpace(space.key)];

  write(ana.client, space.key, 'by Ana');
  write(ben.client, space.key, 'by Ben');
  expect(atAna.closing).toBe('not-yet');
  const there = join(stick, 'for Ben.cove-bundle');
  const shares: number[] = [];
  const saved = await ana.client.echo.bundles.save(there, { spaces: [space.key], onProgress: (n) => shares.push(n) });
  expect([saved.changes, saved.bytes]).toEqual([1, readFileSync(there).length]);
  expect(shares.at(-1)).toBe(1);
  const taken = await ben.client.echo.bundles.take(there);
  expect(taken).toMatchObject({ changes: 1, spaces: [space.key], unknownSpaces: 0, incomplete: [] });
  expect(taken.from).toMatchObject({ name: 'Ana', own: false });
  expect(titles(ben.client, space.key)).toEqual(['before', 'by Ana', 'by Ben']);
  expect(await ben.client.echo.bundles.take(there)).toMatchObject({ changes: 0 });

  const back = join(stick, 'for Ana.cove-bundle');
  await ben.client.echo.bundles.save(back, { to: [idOf(ana.client)] });
  expect(await ana.client.echo.bundles.take(back)).toMatchObject({ changes: 1, incomplete: [] });
  expect(titles(ana.client, space.key)).toEqual(['before', 'by Ana', 'by Ben']);
  // Ben's file says what he has: Ana may close her computer, and nothing is left to bring.
  expect([atAna.closing, atBen.closing]).toEqual(['safe', 'not-yet']);
  expect(await ana.client.echo.bundles.save(there, { spaces: [space.key] })).toMatchObject({ changes: 0 });
  expect(await ana.client.echo.bundles.take(there)).toMatchObject({ changes: 0, from: undefined });
  await ben.client.echo.bundles.take(there);
  expect(atBen.closing).toBe('safe');
});

test('a file is for those whom it names: not for anybody else, and never for who was removed', async () => {
  const [ana, ben, cleo] = [await start('Ana'), await start('Ben'), await start('Cleo')];
  const space = await ana.client.echo.createSpace({ name: 'Home' });
  const file = join(stick, 'x.cove-bundle');
  await expect(ana.client.echo.bundles.save(file, { spaces: [space.key] })).rejects.toThrow(typed('bundle-for-nobody'));
  await share(space, ben.client);
  await share(space, cleo.client);
  write(ana.client, space.key, 'words that nobody else may read');
  await ana.client.echo.bundles.save(file, { spaces: [space.key], to: [idOf(ben.client)] });
  expect(readFileSync(file).includes('words that nobody')).toBe(false);
  await expect(cleo.client.echo.bundles.take(file)).rejects.toThrow(typed('bundle-not-for-here'));
  space.removeMember(idOf(cleo.client));
  await ana.client.echo.bundles.save(file, { spaces: [space.key], everything: true });
  await expect(cleo.client.echo.bundles.take(file)).rejects.toThrow(typed('bundle-not-for-here'));
  await expect(ana.client.echo.bundles.save(file, { spaces: [space.key], to: [idOf(cleo.client)] })).rejects.toThrow(
    typed('bundle-for-nobody'),
  );
  await until('Cleo knows', () => cleo.client.echo.getSpace(space.key).ending);
  await expect(cleo.client.echo.bundles.save(file, { spaces: [space.key] })).rejects.toThrow(typed('removed'));
  await expect(cleo.client.echo.bundles.save(file, { to: [idOf(ana.client)] })).rejects.toThrow(
    typed('bundle-for-nobody'),
  );
});

test('a file that is damaged, cut short or something else is refused whole, and one of a later version is called that', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const space = await ana.client.echo.createSpace({ name: 'Home' });
  await share(space, ben.client);
  await cutOff(ana, ben);
  for (let i = 0; i < 20; i++) write(ana.client, space.key, `note ${i}`);
  const file = join(stick, 'x.cove-bundle');
  await ana.client.echo.bundles.save(file, { spaces: [space.key] });
  const whole = readFileSync(file);
  const refused: Record<string, number> = {};
  const before = titles(ben.client, space.key).length;
  const tries = [
    ...Array.from({ length: 40 }, (_, i) => whole.subarray(0, Math.floor((whole.length * i) / 40))),
    ...Array.from({ length: 60 }, (_, i) => {
      const changed = Buffer.from(whole);
      const at = Math.floor((whole.length * i) / 60);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return changed;
    }),
    whole.map((byte, i) => (i === 60 ? byte ^ 1 : byte)), // in what is sealed to a device, however long the rest is
    Buffer.concat([whole, Buffer.from('more')]),
    Buffer.from('A letter to the tax office'),
  ];
  for (const bytes of tries) {
    writeFileSync(file, bytes);
    const error = await ben.client.echo.bundles.take(file).then(
      () => ({ type: 'taken' }),
      (reason: unknown) => reason as { type: string },
    );
    refused[error.type] = (refused[error.type] ?? 0) + 1;
    expect(titles(ben.client, space.key)).toHaveLength(before);
  }
  expect(Object.keys(refused).sort()).toEqual(['bundle-damaged', 'bundle-invalid', 'bundle-not-for-here']);
  const later = Buffer.from(whole);
  later[13] = 2;
  writeFileSync(file, later);
  await expect(ben.client.echo.bundles.take(file)).rejects.toThrow(typed('bundle-newer'));
  await expect(ben.client.echo.bundles.take(join(stick, 'none'))).rejects.toThrow(typed('file-not-read'));
  await expect(ben.client.echo.bundles.take(stick)).rejects.toThrow(typed('file-not-read'));
  await expect(ana.client.echo.bundles.save(join(stick, 'no/folder'), { spaces: [space.key] })).rejects.toThrow(
    typed('file-not-written'),
  );
  writeFileSync(file, whole);
  const stop = new AbortController();
  const stopped = ben.client.echo.bundles.take(file, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toThrow(typed('cancelled'));
  expect(await ben.client.echo.bundles.take(file)).toMatchObject({ incomplete: [] });
  expect(titles(ben.client, space.key)).toHaveLength(20);
});

test('own devices bring each other everything, new spaces and members too', async () => {
  const [laptop, ben, phone] = [await start('Ana'), await start('Ben'), await world.start('phone')];
  await link(laptop.client, phone.client);
  await cutOff(laptop, phone);
  const space = await laptop.client.echo.createSpace({ name: 'Made on the train' });
  write(laptop.client, space.key, 'thought');
  const file = join(stick, 'x.cove-bundle');
  await laptop.client.echo.bundles.save(file, { to: [idOf(laptop.client)] });
  await phone.client.echo.bundles.take(file);
  expect(phone.client.echo.findSpace(space.key)?.name).toBe('Made on the train');
  expect(titles(phone.client, space.key)).toEqual(['thought']);
  await expect(ben.client.echo.bundles.take(file)).rejects.toThrow(typed('bundle-not-for-here'));
});
