/**
 * Makes a profile that first-page.ts measures, on the computer whose environment it runs in, and nothing else.
 *
 *   node fill-page.ts <notes>
 */
import { Client } from '../../main/client/index.ts';
import { BIG_SPACE, spaceName } from './many.ts';

const BATCH = 1_000;
const notes = Number(process.argv[2]);

const client = new Client();
await client.initialize();
await client.halo.createProfile({ displayName: 'Ana' });
await client.echo.createSpace({ name: spaceName(0) });
const { objects, db } = await client.echo.createSpace({ name: BIG_SPACE });
for (let n = 0; n < notes; n += BATCH) {
  objects.batch(() => {
    for (let i = n; i < n + BATCH; i++) {
      const body = `The gate and the barrel of the bean fence, number ${i}. `.repeat(6);
      objects.create({ type: 'note', title: `Note ${i}` }, { body });
    }
  });
}
await db.flush();
await objects.caughtUp(); // or the app would index texts while it is measured
await client.destroy();
