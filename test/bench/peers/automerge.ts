/**
 * automerge-repo with its own storage in files. It writes them and does not wait for the disk (no fsync), and its flush
 * may come back before a save that had begun is over: the programs that write are left to end by themselves.
 */
import type { Peer } from './peer.ts';

const VERSION = '2.5.6';
export const AUTOMERGE: Peer = {
  name: '@automerge/automerge-repo',
  version: VERSION,
  folder: 'bench-automerge-repo',
  packages: [
    `@automerge/automerge-repo@${VERSION}`,
    `@automerge/automerge-repo-storage-nodefs@${VERSION}`,
    '@automerge/automerge@3.5.0',
  ],
};

const OPEN = `
import { Repo } from '@automerge/automerge-repo';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';
import { readFileSync } from 'node:fs';
const open = (folder) => new Repo({ storage: new NodeFSStorageAdapter(folder) });
const task = (number) => ({ type: 'task', title: 'Task number ' + number, done: false });
`;

/** `<folder> <count> each|one`: a document for each object, or one that has them all; tells `{ms, key}`. */
export const AUTOMERGE_ADDS = `${OPEN}
const [folder, count, how] = process.argv.slice(1);
const repo = open(folder);
const start = performance.now();
const handles = [];
if (how === 'each') for (let i = 0; i < count; i++) handles.push(repo.create(task(i)));
else {
  const handle = repo.create({ tasks: {} });
  handle.change(({ tasks }) => { for (let i = 0; i < count; i++) tasks[i] = task(i); });
  handles.push(handle);
}
await repo.flush();
tell({ ms: performance.now() - start, key: JSON.stringify(handles.map(({ url }) => url)) });`;

/** `<folder> <key>`: tells `{ms, titles}`. */
export const AUTOMERGE_READS = `${OPEN}
const [folder, key] = process.argv.slice(1);
const start = performance.now();
const repo = open(folder);
const docs = (await Promise.all(JSON.parse(key).map((url) => repo.find(url)))).map((handle) => handle.doc());
const tasks = docs.flatMap((doc) => (doc.tasks === undefined ? [doc] : Object.values(doc.tasks)));
const titles = tasks.filter(({ type }) => type === 'task').map(({ title }) => title).length;
tell({ ms: performance.now() - start, titles });
process.exit(0);`;

/** `<folder> <file with keystrokes>`: a change each; tells `{ms, key, text}`. */
export const AUTOMERGE_TYPES = `${OPEN}
import { splice } from '@automerge/automerge';
const [folder, file] = process.argv.slice(1);
const keystrokes = JSON.parse(readFileSync(file, 'utf8'));
const repo = open(folder);
const handle = repo.create({ text: '' });
const start = performance.now();
for (let i = 0; i < keystrokes.length; i++) {
  const { at, remove, insert } = keystrokes[i];
  handle.change((doc) => splice(doc, ['text'], at, remove, insert));
  if (i % 512 === 0) await new Promise((resolve) => setImmediate(resolve)); // as the other side
}
await repo.flush();
tell({ ms: performance.now() - start, key: handle.url, text: handle.doc().text });`;

/** `<folder> <key>`: tells `{ms, text}`. */
export const AUTOMERGE_OPENS = `${OPEN}
const [folder, key] = process.argv.slice(1);
const start = performance.now();
const { text } = (await open(folder).find(key)).doc();
tell({ ms: performance.now() - start, text });
process.exit(0);`;
