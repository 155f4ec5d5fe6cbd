/** Files for other programs: what goes out comes back, names fit every system, and nothing is left half done. */
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withSpaceInFolder } from '../../../test/client/space-in-folder.ts';
import type { BlobRef } from '../blobs.ts';
import type { Client } from '../client.ts';
import type { Space } from '../space.ts';
import { nameGiver } from './file-names.ts';

let base: string;
let client: Client;
let space: Space;

withSpaceInFolder((made) => ({ base, client, space } = made));

const cancelled = AbortSignal.abort();

describe('names of files', () => {
  test('hold nothing that a system refuses', () => {
    const nameFor = nameGiver();
    expect(['a/b\\c: d?', ' ..hidden. ', 'CON', '', 'tab\tbell\u0007', '🌱'.repeat(80)].map(nameFor)).toEqual([
      'a b c d',
      'hidden',
      'CON_',
      'Untitled',
      'tab bell',
      '🌱'.repeat(50),
    ]);
  });

  test('differ where capitals and accents written in two ways do not count', () => {
    const nameFor = nameGiver();
    expect(['Caf\u00e9', 'CAFE\u0301', 'café 2', 'Café'].map(nameFor)).toEqual([
      'Café',
      'CAFÉ 2',
      'café 2 2',
      'Café 3',
    ]);
  });
});

test('a folder of Markdown has each note, with its other fields as a head', async () => {
  space.objects.create({ type: 'note', title: 'Beans' }, { body: 'climb\n' });
  space.objects.create({ type: 'note', title: 'beans', tags: ['garden'] }, { body: 'bush\n' });
  space.objects.create({ type: 'task', title: 'no note' });
  const folder = join(base, 'out');
  mkdirSync(folder);
  expect(await space.files.saveMarkdown(folder)).toEqual({ objects: 2, lacking: 0 });
  expect(readdirSync(folder).sort()).toEqual(['Beans.md', 'beans 2.md']);
  expect(readFileSync(join(folder, 'beans 2.md'), 'utf8')).toBe(
    '---\n"tags": ["garden"]\n"title": "beans"\n---\nbush\n',
  );
  await expect(space.files.saveMarkdown(folder)).rejects.toMatchObject({ type: 'folder-not-empty' });
});

test('files that notes name are beside them, under names that other programs find, as far as they are here', async () => {
  const bytes = new Uint8Array(300_000).fill(7);
  const file = await space.blobs.add(bytes, { name: 'bed: north?.PNG' });
  const id = space.objects.create({ type: 'file', file });
  const program = await space.blobs.add(bytes.subarray(1), { name: 'run me.desktop' });
  const other = space.objects.create({ type: 'file', file: program });
  const gone = 'f'.repeat(32);
  const text = `![bed](cove:file/${id}) and ![it again](cove:file/${id})\n![x](cove:file/${other}) ![y](cove:file/${gone})`;
  space.objects.create({ type: 'note', title: 'Beans' }, { body: text });
  const folder = join(base, 'out');
  expect(await space.files.saveMarkdown(folder)).toEqual({ objects: 1, lacking: 1 });
  expect(readdirSync(join(folder, 'files')).sort()).toEqual(['bed north.png', 'run me.bin']);
  expect(new Uint8Array(readFileSync(join(folder, 'files', 'bed north.png')))).toEqual(bytes);
  expect(readFileSync(join(folder, 'Beans.md'), 'utf8')).toBe(
    `![bed](files/bed%20north.png) and ![it again](files/bed%20north.png)\n![x](files/run%20me.bin) ![y](cove:file/${gone})`,
  );
});

test('pictures that texts name in their folders come with them, and no other file of this computer', async () => {
  const vault = join(base, 'vault');
  const [bed, plan] = [new Uint8Array(200_000).fill(3), new Uint8Array(500).fill(4)];
  for (const folder of ['deep', 'files']) mkdirSync(join(vault, folder), { recursive: true });
  writeFileSync(join(base, 'private.png'), 'of somebody else');
  writeFileSync(join(vault, 'files', 'bed north.png'), bed);
  writeFileSync(join(vault, 'deep', 'plan.JPG'), plan);
  writeFileSync(join(vault, 'files', 'unnamed.png'), plan);
  symlinkSync(join(base, 'private.png'), join(vault, 'linked.png'));
  writeFileSync(join(vault, 'huge.gif'), '');
  truncateSync(join(vault, 'huge.gif'), 33 * 1024 * 1024);
  writeFileSync(
    join(vault, 'deep', 'Beans.md'),
    '![a](../files/bed%20north.png) ![b](<../files/bed north.png> "B") ![[plan.JPG|300]] ![[bed north.png]]',
  );
  const others =
    '![x](../private.png) ![y](linked.png) ![z](https://a.example/b.png) ![w](huge.gif) ![](%) [v](files/unnamed.png)';
  writeFileSync(join(vault, 'Others.md'), others);
  const { objects, failed } = await space.files.takeMarkdown([vault]);
  expect([objects, failed.map(({ file }) => file)]).toEqual([2, [join(vault, 'huge.gif')]]);
  const files = space.objects.query({ type: 'file' });
  expect(files.map(({ fields }) => (fields['file'] as BlobRef).name).sort()).toEqual(['bed north.png', 'plan.JPG']);
  const texts = space.objects
    .query({ type: 'note', texts: true, order: [{ by: ['title'] }] })
    .map(({ texts }) => texts?.['body']);
  const [first, second] = files.map(({ id }) => id);
  const ids = { bed: first, plan: second };
  if ((files[0]?.fields['file'] as BlobRef).name === 'plan.JPG') Object.assign(ids, { bed: second, plan: first });
  expect(texts).toEqual([
    `![a](cove:file/${ids.bed}) ![b](cove:file/${ids.bed}) ![plan.JPG](cove:file/${ids.plan}) ![bed north.png](cove:file/${ids.bed})`,
    others,
  ]);
  const ref = files.find(({ id }) => id === ids.bed)?.fields['file'] as BlobRef;
  expect(await space.blobs.read(ref, { wait: false }).bytes()).toEqual(bed);
  expect(ref.type).toBe('image/png');
});

test('what is cancelled leaves no folder and no file', async () => {
  space.objects.create({ type: 'note', title: 'Beans' });
  const options = { signal: cancelled };
  await expect(space.files.saveMarkdown(join(base, 'out'), options)).rejects.toMatchObject({ type: 'cancelled' });
  await expect(space.files.saveJson(join(base, 'out.json'), options)).rejects.toMatchObject({ type: 'cancelled' });
  expect(readdirSync(base)).toEqual(['profile']);
});

test('a stream of anything but bytes is no blob, and nothing of it stays', async () => {
  async function* words(): AsyncGenerator<unknown> {
    yield new Uint8Array(5);
    yield 'text';
  }
  await expect(space.blobs.add(words() as AsyncIterable<Uint8Array>)).rejects.toMatchObject({
    type: 'argument-invalid',
    detail: { argument: 'source' },
  });
  expect(space.blobs.usage.bytes).toBe(0);
});

test('JSON says how many files and pictures its objects name: they are not in it', async () => {
  const add = (text: string) => space.blobs.add(new TextEncoder().encode(text));
  const [one, two, gone] = [await add('one'), await add('two'), await add('gone')];
  space.objects.create({ type: 'file', file: one });
  space.objects.create({ type: 'album', pictures: [{ of: one }, { of: two }] });
  space.objects.remove(space.objects.create({ type: 'file', file: gone }));
  expect(await space.files.saveJson(join(base, 'blobs.json'))).toEqual({ objects: 2, lacking: 2 });
});

test('JSON brings every object back, and references among them lead to the new ones', async () => {
  const { objects } = space;
  const ana = objects.create({ type: 'person', name: 'Ana' });
  const elsewhere = { $ref: 'ab'.repeat(16) };
  objects.create({ type: 'task', title: 'Water', owner: { $ref: ana }, near: [{ of: { $ref: ana } }, elsewhere] });
  objects.create({ type: 'note', title: 'Long' }, { body: 'x'.repeat(50_000) });
  const file = join(base, 'house.json');
  const shares: number[] = [];
  expect(await space.files.saveJson(file, { onProgress: (share) => shares.push(share) })).toEqual({
    objects: 3,
    lacking: 0,
  });
  expect(shares.at(-1)).toBe(1);

  const other = await client.echo.createSpace({ name: 'Copy' });
  expect(await other.files.takeJson(file)).toEqual({ objects: 3, failed: [] });
  const [copied] = other.objects.query({ where: { type: 'person' } });
  expect(copied?.id).not.toBe(ana);
  expect(other.objects.query({ where: { type: 'task' } })[0]?.fields).toMatchObject({
    owner: { $ref: copied?.id },
    near: [{ of: { $ref: copied?.id } }, elsewhere],
  });
  expect(other.objects.query({ type: 'note', texts: true })[0]?.texts).toEqual({ body: 'x'.repeat(50_000) });
});

test('a JSON file that is none of ours is refused whole', async () => {
  const file = join(base, 'other.json');
  for (const text of ['', '[]', '{"cove":2,"objects":[]}', '{"cove":1,"objects":[{"id":"1","fields":{}}]}']) {
    writeFileSync(file, text);
    await expect(space.files.takeJson(file), text).rejects.toMatchObject({ type: 'json-invalid' });
  }
  // The second object cannot be stored: the first is not there either.
  const object = (id: string, fields: object) => ({ id: id.repeat(32), fields });
  writeFileSync(
    file,
    JSON.stringify({ cove: 1, objects: [object('a', {}), object('b', { big: 'x'.repeat(300_000) })] }),
  );
  await expect(space.files.takeJson(file)).rejects.toMatchObject({ type: 'too-large' });
  expect(space.objects.count()).toBe(0);
  await expect(space.files.takeJson(join(base, 'none.json'))).rejects.toMatchObject({ type: 'file-not-read' });
});

test('a long JSON file gives others their turn, and what was made is deleted where it is ended', async () => {
  const object = (index: number) => ({
    id: index.toString(16).padStart(32, '0'),
    fields: { type: 'task', index, next: { $ref: (index + 1).toString(16).padStart(32, '0') } },
  });
  const file = join(base, 'many.json');
  writeFileSync(file, JSON.stringify({ cove: 1, objects: Array.from({ length: 1000 }, (_, at) => object(at)) }));
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  const shares: number[] = [];
  const whole = await space.files.takeJson(file, { onProgress: (share) => shares.push(share) });
  clearInterval(others);
  expect(whole.objects).toBe(1000);
  expect(turns).toBeGreaterThan(5);
  expect(shares).toEqual([...shares].sort((one, other) => one - other));
  const [first] = space.objects.query({ where: { type: 'task', index: 0 } });
  const [second] = space.objects.query({ where: { type: 'task', index: 1 } });
  expect(first?.fields['next']).toEqual({ $ref: second?.id });

  const other = await client.echo.createSpace({ name: 'Ended' });
  const ending = new AbortController();
  const onProgress = (share: number): void => (share > 0.5 ? ending.abort() : undefined);
  const ended = other.files.takeJson(file, { signal: ending.signal, onProgress });
  await expect(ended).rejects.toMatchObject({ type: 'cancelled' });
  expect(other.objects.count()).toBe(0);
  expect(other.objects.count({ deleted: true })).toBeGreaterThan(0);
});

test('folders of Markdown become notes; one that cannot be taken in keeps no other out', async () => {
  const folder = join(base, 'vault');
  mkdirSync(join(folder, '.obsidian'), { recursive: true });
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  writeFileSync(join(folder, '.obsidian/hidden.md'), 'no');
  writeFileSync(join(folder, 'deep/er/One.markdown'), '\uFEFF---\ntags: [a]\n---\none\r\n');
  writeFileSync(join(folder, 'Two.md'), '');
  writeFileSync(join(folder, 'Huge.md'), 'x'.repeat(3_000_000));
  writeFileSync(join(folder, 'picture.png'), '');
  const taken = await space.files.takeMarkdown([folder]);
  const notes = space.objects
    .query({ texts: true })
    .map(({ fields, texts }) => [fields['title'], texts?.['body'] ?? '']);
  expect(notes.filter(([title]) => title !== 'Huge')).toEqual([
    ['Two', ''],
    ['One', '---\ntags: [a]\n---\none\n'],
  ]);
  expect(taken.objects + taken.failed.length).toBe(3);
  expect(taken.failed.every(({ file }) => file.endsWith('Huge.md'))).toBe(true);
  await expect(space.files.takeMarkdown([join(base, 'none')])).rejects.toMatchObject({ type: 'file-not-read' });
  expect(existsSync(folder)).toBe(true);
});

test('many files become notes in their order, in whatever order they are read', async () => {
  const folder = join(base, 'many');
  mkdirSync(folder);
  const names = Array.from({ length: 450 }, (_, n) => `Note ${String(n).padStart(3, '0')}`);
  for (const [n, name] of names.entries()) {
    // The first of each eight takes longest.
    writeFileSync(
      join(folder, `${name}.md`),
      n === 210 ? Uint8Array.of(0xff) : n % 8 === 0 ? 'x'.repeat(100_000) : 'x',
    );
  }
  const { objects, failed } = await space.files.takeMarkdown([folder]);
  expect([objects, failed.map(({ file }) => file)]).toEqual([449, [join(folder, 'Note 210.md')]]);
  const titles = space.objects.query({ order: [] }).map(({ fields }) => fields['title']);
  expect(titles).toEqual(names.filter((name) => name !== 'Note 210'));
});
