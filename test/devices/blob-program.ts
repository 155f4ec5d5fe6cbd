/**
 * A program that is killed in the middle of it: adds bytes without end to a space, and tells how many are stored.
 *
 *   node blob-program.ts <folder> <file of the keychain>
 */
import { Client } from '../../main/client/index.ts';
import { fileKeychain } from '../proof/kills/file-keychain.ts';

const [dataDir = '', keychain = ''] = process.argv.slice(2);
const client = new Client({ dataDir, keychain: fileKeychain(keychain), meetingPoints: [], bind: '127.0.0.1' });
await client.initialize();
await client.halo.createProfile({ displayName: 'Ana' });
const space = await client.echo.createSpace();
const kept = await space.blobs.add(new Uint8Array(1_000));
await space.db.add({ type: 'file', content: kept });
async function* endless() {
  for (let n = 0; ; n++) yield Promise.resolve(new Uint8Array(100_000).fill(n));
}
await space.blobs.add(endless(), { onProgress: (bytes) => process.send?.(bytes) });
