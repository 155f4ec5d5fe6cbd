/** Two Coves that share a space and have no network between them: what each wrote goes to the other in a file. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { startMosquitto } from '../ports/mosquitto.ts';
import { byFile, said } from './by-file.ts';
import type { Computer } from './computer.ts';
import type { Cove } from './cove.ts';
import { startingCoves, using } from './coves.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

const world = startingCoves();
const stick = mkdtempSync(join(tmpdir(), 'cove-stick-'));
test.afterAll(() => rmSync(stick, { recursive: true, force: true }));

test('without a network, a file brings what one wrote to the other, and a file back says that it is safe', async () => {
  test.setTimeout(150_000);
  const broker = await startMosquitto();
  const online = { COVE_MEETING_POINTS: broker.url };
  const first = [await world.start('ana', online), await world.start('ben', online)] as const;
  const [ana, ben] = [new Person('Ana', first[0].window), new Person('Ben', first[1].window)];
  await ana.introduce();
  await ben.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('Beds', 'beans');
  const code = await ana.invite();
  await ben.pasteCode(code);
  await ben.typeDigits(await ana.digits());
  await ben.joined('Garden');
  await ben.openNote('Beds');
  await ben.sees('beans');
  await ana.closeInvitation();

  for (const cove of first) await cove.quit();
  await broker.close();
  for (const { env } of world.computers) env['COVE_MEETING_POINTS'] = '';

  // Never both at once: that they are on one computer here must not help them.
  const [laptop, desk] = world.computers as [Computer, Computer];
  const file = join(stick, 'Garden.cove-bundle');
  await using(laptop, async (cove) => {
    const there = new Person('Ana', cove.window);
    await there.openSpace('Garden');
    await there.openNote('Beds');
    await there.typeAfter('beans', ' along the fence');
    await byFile(cove, file);
    await said(cove, 'Save a file…', /^Saved: \d+ changes?, \d+ kB\. Bring the file to the others\.$/);
    await look(cove, 'sync by file, saved');
    expect(statSync(file).size).toBeGreaterThan(500);
  });
  await using(desk, async (cove) => {
    const there = new Person('Ben', cove.window);
    await there.openSpace('Garden');
    await there.openNote('Beds');
    await byFile(cove, file);
    await said(cove, 'Take in a file…', /^Taken in: \d+ changes? from Ana\.$/);
    await look(cove, 'sync by file, taken in');
    await said(cove, 'Take in a file…', 'There was nothing new in the file from Ana.');
    await said(cove, 'Save a file…', /The others have every change already/);
    await cove.window.keyboard.press('Escape');
    await there.sees('beans along the fence');
  });
  await using(laptop, async (cove) => {
    await new Person('Ana', cove.window).openSpace('Garden');
    await closing(cove, 'Some of what you wrote is on this device only');
    await byFile(cove, file);
    await said(cove, 'Take in a file…', 'There was nothing new in the file from Ben.');
    await cove.window.keyboard.press('Escape');
    await closing(cove, 'Safe to close this computer');
    writeFileSync(file, 'A letter to the tax office');
    await byFile(cove, file);
    await said(cove, 'Take in a file…', /Cove did not make this file/);
    await look(cove, 'sync by file, another file');
  });
  expect(first.flatMap(({ complaints }) => complaints)).toEqual([]);
});

async function closing({ window }: Cove, words: string): Promise<void> {
  await window.getByTestId('sync-state').click();
  await expect(window.getByText(words)).toBeVisible();
  await window.keyboard.press('Escape');
}
