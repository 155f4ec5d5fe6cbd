/** Pictures of notes come to every device by themselves, and nothing else that is called a file does. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { keepPictures } from '../../main/client/index.ts';
import { computers, share, until } from './clients.ts';

const world = computers();

test('a picture is kept where nobody looks at it, one of a space that comes later too', async () => {
  const [ana, ben] = [await world.start('Ana'), await world.start('Ben')];
  await ana.client.halo.createProfile({ displayName: 'Ana' });
  await ben.client.halo.createProfile({ displayName: 'Ben' });
  const stop = keepPictures(ben.client);
  const house = await ana.client.echo.createSpace({ name: 'House' });
  const before = await house.blobs.add(new Uint8Array(randomBytes(400_000)));
  await house.db.add({ type: 'file', file: before });
  const atBen = await share(house, ben.client);
  await until('Ben has the picture', () => atBen.blobs.status(before).state === 'here');
  const [later, large, other] = [randomBytes(300_000), randomBytes(33 * 1024 * 1024), randomBytes(100_000)];
  const ref = await house.blobs.add(new Uint8Array(later));
  const tooLarge = await house.blobs.add(new Uint8Array(large));
  const elsewhere = await house.blobs.add(new Uint8Array(other));
  await house.db.add({ type: 'file', file: tooLarge });
  await house.db.add({ type: 'drawing', file: elsewhere });
  await house.db.add({ type: 'file', file: ref });
  await until('Ben has the later one', () => atBen.blobs.status(ref).state === 'here');
  expect([tooLarge, elsewhere].map((one) => atBen.blobs.status(one).state)).toEqual(['absent', 'absent']);
  stop();
  const last = await house.blobs.add(new Uint8Array(randomBytes(1_000)));
  const id = await house.db.add({ type: 'file', file: last });
  await until('Ben hears of the last', () => atBen.objects.get(id.id) !== undefined);
  expect(atBen.blobs.status(last).state).toBe('absent');
});
