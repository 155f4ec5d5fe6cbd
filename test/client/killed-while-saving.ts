/**
 * A program: one device that saves a space and is killed in the middle of it, as soon as something is being written.
 *
 *   node killed-while-saving.ts <folder> archive|json|markdown      profile and keychain are in the folder, as is what it saves
 */
import { join } from 'node:path';
import { Client } from '../../main/client/index.ts';
import { fileKeychain } from '../proof/kills/file-keychain.ts';

const [folder = '', way = ''] = process.argv.slice(2);
const keychain = fileKeychain(join(folder, 'keychain.jsonl'));
const dataDir = join(folder, 'profile');
const client = new Client({ dataDir, keychain, meetingPoints: [], bind: '127.0.0.1', lan: false });
await client.initialize();
if (!client.halo.profile) await client.halo.createProfile({ displayName: 'Ana' });
const space = await client.echo.createSpace({ name: 'House' });
for (let n = 0; n < 500; n++) space.objects.create({ type: 'note', title: `${n}` }, { body: `text ${n}` });
const target = join(folder, 'House');
const onProgress = () => void process.kill(process.pid, 'SIGKILL');
if (way === 'archive') await space.export(target, { password: 'runner beans', onProgress });
else if (way === 'json') await space.files.saveJson(target, { onProgress });
else await space.files.saveMarkdown(target, { onProgress });
throw new Error('it was not killed');
