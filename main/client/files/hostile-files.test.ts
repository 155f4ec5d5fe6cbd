/** Files and folders as somebody else left them: nothing of theirs is lost, and nothing of them holds Cove up. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withSpaceInFolder } from '../../../test/client/space-in-folder.ts';
import type { Client } from '../client.ts';
import type { Space } from '../space.ts';
import type { WorkOptions } from '../work.ts';
import { fileName, nameGiver } from './file-names.ts';

let base: string;
let client: Client;
let space: Space;

withSpaceInFolder((made) => ({ base, client, space } = made));

test('what stands beside the place is left alone, whatever it is called', async () => {
  space.objects.create({ type: 'note', title: 'Beans' });
  const [folder, file] = [join(base, 'out'), join(base, 'out.json')];
  mkdirSync(`${folder}.next`);
  writeFileSync(join(`${folder}.next`, 'precious'), 'mine');
  writeFileSync(`${file}.next`, 'mine');
  await space.files.saveMarkdown(folder);
  await space.files.saveJson(file);
  await space.export(join(base, 'archive'), { password: 'horse' });
  expect(readFileSync(join(`${folder}.next`, 'precious'), 'utf8')).toBe('mine');
  expect(readFileSync(`${file}.next`, 'utf8')).toBe('mine');
  expect(readdirSync(base).sort()).toEqual(['archive', 'out', 'out.json', 'out.json.next', 'out.next', 'profile']);
});

// Windows lets only some people make links, and has no pipes or devices in folders.
const posix = test.runIf(process.platform !== 'win32');

posix('a folder is written into by whatever name a shell gives it', async () => {
  space.objects.create({ type: 'note', title: 'Beans' });
  await space.files.saveMarkdown(`${join(base, 'new')}/`);
  mkdirSync(join(base, 'empty'));
  symlinkSync('empty', join(base, 'link'));
  await space.files.saveMarkdown(join(base, 'link'));
  expect(['new', 'empty', 'link'].map((name) => readdirSync(join(base, name)))).toEqual(Array(3).fill(['Beans.md']));
  expect(readdirSync(base).sort()).toEqual(['empty', 'link', 'new', 'profile']);
});

test('two saves into one file at once leave one of them whole', async () => {
  for (let n = 0; n < 500; n++) space.objects.create({ type: 'task', title: `Task ${n}` });
  const file = join(base, 'out.json');
  await Promise.all([space.files.saveJson(file), space.files.saveJson(file)]);
  expect(JSON.parse(readFileSync(file, 'utf8')).objects).toHaveLength(500);
});

test('names differ where no system tells letters apart, and are no device of Windows with an ending either', () => {
  expect(['λόγος', 'λόγοσ', 'ſet', 'set', 'CON.old', 'com¹', 'conin$'].map(nameGiver())).toEqual([
    'λόγος',
    'λόγοσ 2',
    'ſet',
    'set 2',
    'CON_.old',
    'com¹_',
    'conin$_',
  ]);
  expect(['../..', 'nul', 'Garden: plans'].map((name) => fileName(name, 'Cove'))).toEqual([
    'Cove',
    'nul_',
    'Garden plans',
  ]);
});

test('a title that no file can have stands in the head', async () => {
  for (const title of ['What? a/b', '../../etc/passwd', 'same', 'same']) space.objects.create({ type: 'note', title });
  const folder = join(base, 'out');
  await space.files.saveMarkdown(folder);
  expect(
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
  ).toEqual({
    'What a b.md': '---\n"title": "What? a/b"\n---\n',
    'etc passwd.md': '---\n"title": "../../etc/passwd"\n---\n',
    'same.md': '',
    'same 2.md': '---\n"title": "same"\n---\n',
  });
});

posix('a pipe, a device and a file beyond all sizes are named, and read by nobody', async () => {
  const folder = join(base, 'vault');
  mkdirSync(folder);
  execFileSync('mkfifo', [join(folder, 'pipe.md'), join(base, 'pipe.json')]);
  symlinkSync('/dev/zero', join(folder, 'zeros.md'));
  symlinkSync('/nowhere', join(folder, 'nowhere.md'));
  mkdirSync(join(folder, 'folder.md'));
  symlinkSync('folder.md', join(folder, 'around.md'));
  writeFileSync(join(folder, 'huge.md'), '');
  truncateSync(join(folder, 'huge.md'), 40_000_000_000);
  writeFileSync(join(folder, 'latin.md'), Buffer.from([0xe9]));
  writeFileSync(join(folder, 'good.md'), 'good');
  const { objects, failed } = await space.files.takeMarkdown([folder]);
  expect(objects).toBe(1);
  expect(failed.map(({ file }) => file.slice(folder.length + 1)).sort()).toEqual([
    'around.md',
    'huge.md',
    'latin.md',
    'nowhere.md',
    'pipe.md',
    'zeros.md',
  ]);
  await expect(space.files.takeMarkdown([join(folder, 'pipe.md')])).resolves.toMatchObject({ objects: 0 });
  await expect(space.files.takeJson(join(base, 'pipe.json'))).rejects.toMatchObject({ type: 'file-not-read' });
  await expect(space.files.takeJson('/dev/zero')).rejects.toMatchObject({ type: 'file-not-read' });
  await expect(client.echo.importSpace(join(base, 'pipe.json'), { password: 'x' })).rejects.toMatchObject({
    type: 'file-not-read',
  });
  await expect(client.echo.importSpace(base, { password: 'x' })).rejects.toMatchObject({ type: 'file-not-read' });
  await expect(client.echo.importSpace('/dev/zero', { password: 'x' })).rejects.toMatchObject({
    type: 'file-not-read',
  });
});

test('JSON beyond what memory takes, nested without end, or with an id twice is refused in words', async () => {
  const file = join(base, 'in.json');
  const refused = async (text: string) => {
    writeFileSync(file, text);
    await expect(space.files.takeJson(file), text.slice(0, 80)).rejects.toMatchObject({ type: 'json-invalid' });
  };
  const id = 'a'.repeat(32);
  await refused(`{"cove":1,"objects":[{"id":"${id}","fields":{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}}]}`);
  await refused(
    `{"cove":1,"objects":[{"id":"${id}","fields":{"x":1}},{"id":"${id}","fields":{"y":{"$ref":"${id}"}}}]}`,
  );
  truncateSync(file, 3_000_000_000);
  await expect(space.files.takeJson(file)).rejects.toMatchObject({ type: expect.stringMatching(/^(too-large|json-)/) });
  expect(space.objects.count()).toBe(0);
});

test('what was asked to end when it was all taken in is not said to have ended', async () => {
  const folder = join(base, 'vault');
  mkdirSync(folder);
  writeFileSync(join(folder, 'one.md'), 'one');
  const file = join(base, 'in.json');
  writeFileSync(file, `{"cove":1,"objects":[{"id":"${'a'.repeat(32)}","fields":{"x":1}}]}`);
  for (const take of [
    (options: WorkOptions) => space.files.takeJson(file, options),
    (options: WorkOptions) => space.files.takeMarkdown([folder], options),
  ]) {
    const before = space.objects.count();
    // It comes at the very moment in which everything is stored.
    const signal = Object.defineProperty(new AbortController().signal, 'aborted', {
      get: () => space.objects.count() > before,
    });
    expect(await take({ signal })).toEqual({ objects: 1, failed: [] });
    expect(signal.aborted).toBe(true);
  }
});

test('what is written into the space meanwhile puts nothing into a file twice', async () => {
  const { objects } = space;
  const create = (n: number) => objects.create({ type: 'note', title: `Note ${n}` });
  objects.batch(() => Array.from({ length: 450 }, (_, n) => create(n)));
  for (let n = 0; n < 50; n++) create(n);
  // Objects get their dates with the change that they become part of.
  expect(objects.pendingCount()).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const file = join(base, 'out.json');
  const options = { onProgress: () => objects.flush() };
  expect(await space.files.saveJson(file, options)).toEqual({ objects: 500, lacking: 0 });
  const ids = JSON.parse(readFileSync(file, 'utf8')).objects.map(({ id }: { id: string }) => id);
  expect(new Set(ids).size).toBe(500);
});
