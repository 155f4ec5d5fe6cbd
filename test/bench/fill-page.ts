/**
 * Makes a profile that first-page.ts measures, on the computer whose environment it runs in, and nothing else.
 *
 *   node fill-page.ts <notes>
 */
import { Client } from '../../main/client/index.ts';
import { BIG_SPACE, spaceName } from './many.ts';
import { addShortNotes } from './short-notes.ts';

const client = new Client();
await client.initialize();
await client.halo.createProfile({ displayName: 'Ana' });
await client.echo.createSpace({ name: spaceName(0) });
await addShortNotes(await client.echo.createSpace({ name: BIG_SPACE }), Number(process.argv[2]));
await client.destroy();
