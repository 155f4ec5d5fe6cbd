/** The command line, as its users type it: built, in processes of its own, over a real broker. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../docs/documents.ts';
import { withSdk } from '../docs/programs.ts';
import { findAll, needlesOf } from '../proof/canaries/search.ts';
import { cellsOf } from './cells.ts';
import { overBroker, type Person } from './cove.ts';

let ana: Person;
let ben: Person;

withSdk();
const newcomer = overBroker((newcomer) => {
  [ana, ben] = [newcomer(), newcomer()];
});

test('an identity is made, shown, and its words are confirmed', async () => {
  expect(await ana.cove('spaces')).toMatchObject({ code: 1, err: expect.stringContaining('cove identity create') });
  const made = await ana.cove('identity', 'create', 'Ana', '--device', 'shelf');
  expect(made).toMatchObject({ code: 0, err: expect.stringContaining('cove identity confirm') });
  const words = made.out.trim().split(' ');
  expect(words).toHaveLength(12);
  expect((await ana.cove('identity')).out).toMatch(/^Ana {2}[0-9a-f]{64}\nshelf {2}[0-9a-f]{64}\n$/);
  expect(await ana.cove('identity', 'create', 'Ana')).toMatchObject({ code: 1, out: '' });

  const confirm = async (answer: (position: number) => string) => {
    const run = ana.start('identity', 'confirm');
    for (let asked = 1; asked <= 3; asked++) {
      const positions = await run.seen(new RegExp(`((?:Word \\d+: ){${asked}})$`));
      run.say(answer(Number(positions.match(/\d+/g)?.at(-1)) - 1));
    }
    return run.ended;
  };
  expect(await confirm(() => 'abandon')).toMatchObject({ code: 1, err: expect.stringContaining('not those words') });
  expect(await confirm((position) => words[position] ?? '')).toMatchObject({ code: 0 });
  expect(await ana.cove('identity', 'words')).toMatchObject({ code: 1, out: '' });
});

test('an invitation in one terminal, joined in another after a wrong code; what is written then is served', async () => {
  await ben.cove('identity', 'create', 'Ben');
  const key = (await ana.cove('spaces', 'create', 'House')).out.trim();
  const inviting = ana.start('invite', 'house', '--no-qr');
  const code = await inviting.seen(/^(COVE\S+)$/im);
  const digits = await inviting.seen(/^(\d{6})$/m);

  const joining = ben.start('join', code);
  await joining.seen(/Six digits: $/);
  joining.say(digits.replace(/^./, (first) => String((Number(first) + 1) % 10)));
  await joining.seen(/Attempts left: 2/);
  joining.say(digits);
  expect(await joining.ended).toMatchObject({ code: 0, out: `${key}  House\n` });
  expect(await inviting.ended).toMatchObject({ code: 0, err: expect.stringContaining('Ben is in.') });

  const notes = join(ana.folder, 'notes');
  mkdirSync(join(notes, 'garden'), { recursive: true });
  writeFileSync(join(notes, 'garden/Beans.md'), '# Beans\n\nRunner beans climb.\n');
  expect(await ana.cove('import', 'House', 'notes')).toMatchObject({ code: 0 });

  const serving = ana.start('serve');
  await serving.seen(/“House” \w+: nobody connected/);
  const guest = ben.start('serve');
  await serving.seen(/“House” \w+: 1 connected/);
  await guest.seen(/“House” \w+: 1 connected, up to date/);
  expect(await ben.cove('query', key.slice(0, 8), '--count')).toMatchObject({
    code: 1,
    err: expect.stringContaining('already running'),
  });
  guest.interrupt();
  expect(await guest.ended).toMatchObject({ code: 0, out: expect.stringContaining('ended') });
  serving.interrupt();
  await serving.ended;
  const doctor = await ben.cove('doctor', '--seconds', '1');
  expect(doctor.out, 'from before it was started').toMatch(/✗ Ana.*\n {4}Last connected: (just now|\d+ minutes ago)\n/);
  const found = await ben.cove('query', key.slice(0, 8), 'type=note', '--text', 'runner', '--texts');
  expect(JSON.parse(found.out)).toMatchObject({
    fields: { title: 'Beans' },
    texts: { body: '# Beans\n\nRunner beans climb.\n' },
  });
});

test('pictures of notes come to who serves, and are there when their author is gone', async () => {
  const picture = randomBytes(300_000);
  const album = join(ana.folder, 'album');
  mkdirSync(album);
  writeFileSync(join(album, 'bed.png'), picture);
  writeFileSync(join(album, 'Bed.md'), '# Bed\n\n![the bed](bed.png)\n');
  expect(await ana.cove('import', 'House', 'album')).toMatchObject({ code: 0 });
  const [serving, guest] = [ana.start('serve'), ben.start('serve')];
  await guest.seen(/“House” \w+: 1 connected/);
  const blocks = join(ben.folder, 'profile/blobs');
  const stored = () => {
    const files = existsSync(blocks) ? readdirSync(blocks, { recursive: true, withFileTypes: true }) : [];
    const sizes = files.filter((file) => file.isFile()).map((file) => statSync(join(file.parentPath, file.name)).size);
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  await expect.poll(stored, { timeout: 60_000 }).toBeGreaterThanOrEqual(picture.length);
  for (const one of [serving, guest]) {
    one.interrupt();
    await one.ended;
  }
  expect(await ben.cove('export', 'House', 'kept')).toMatchObject({ code: 0 });
  expect(readFileSync(join(ben.folder, 'kept/files/bed.png')).equals(picture)).toBe(true);
}, 120_000);

test('another device of the same person is linked by a code, and gets the spaces', async () => {
  const server = newcomer();
  try {
    const adding = ana.start('add-device', '--no-qr');
    const code = await adding.seen(/^(COVE\S+)$/im);
    const linking = server.start('identity', 'link', code, '--device', 'server');
    await linking.seen(/Six digits: $/);
    linking.say(await adding.seen(/^(\d{6})$/m));
    const words = await linking.seen(/same six words: (.+)$/m);
    await adding.seen(new RegExp(`Let server in\\? It shows the words: ${words} \\[y/N\\] $`));
    adding.say('y');
    expect(await linking.ended).toMatchObject({ code: 0, out: expect.stringMatching(/^Ana .*\nserver /) });
    expect(await adding.ended).toMatchObject({ code: 0 });
    expect((await server.cove('spaces')).out).toContain('House');
  } finally {
    await server.remove();
  }
}, 120_000);

test('what a space holds goes into files and comes back from them; what cannot be taken in is named', async () => {
  await ana.cove('spaces', 'create', 'Attic');
  const inbox = join(ana.folder, 'inbox');
  mkdirSync(inbox);
  writeFileSync(join(inbox, 'Plain.md'), 'one\r\ntwo\n');
  writeFileSync(join(inbox, 'Picture.md'), Buffer.from([0xff, 0xd8, 0xff]));
  writeFileSync(join(inbox, 'other.txt'), 'not Markdown');
  const taken = await ana.cove('import', 'Attic', 'inbox');
  expect(taken).toMatchObject({ code: 1, err: expect.stringMatching(/Picture\.md: .*UTF-8[\s\S]*1 note made/) });

  expect(await ana.cove('export', 'Attic', 'out')).toMatchObject({ code: 0 });
  expect(readdirSync(join(ana.folder, 'out'))).toEqual(['Plain.md']);
  expect(readFileSync(join(ana.folder, 'out/Plain.md'), 'utf8')).toBe('one\ntwo\n');
  expect(await ana.cove('export', 'Attic', 'out')).toMatchObject({
    code: 1,
    err: expect.stringContaining('in that folder'),
  });

  await ana.cove('export', 'Attic', 'all.json');
  expect(await ana.cove('export', 'Attic', 'all.json')).toMatchObject({
    code: 1,
    err: expect.stringContaining('already. Take another name, or --overwrite.'),
  });
  expect(await ana.cove('export', 'Attic', 'all.json', '--overwrite')).toMatchObject({ code: 0 });
  await ana.cove('spaces', 'create', 'Cellar');
  expect(await ana.cove('import', 'Cellar', 'all.json')).toMatchObject({ code: 0 });
  const again = await ana.cove('query', 'Cellar', 'title=Plain', '--texts');
  expect(JSON.parse(again.out)).toMatchObject({ texts: { body: 'one\ntwo\n' } });
});

test('a whole space goes into an archive and comes back; another password does not open it', async () => {
  const secret = join(ana.folder, 'secret');
  writeFileSync(secret, 'open sesame\n');
  const saved = await ana.cove('archive', 'Cellar', 'cellar.cove-archive', '--password-file', 'secret');
  expect(saved).toMatchObject({ code: 0, out: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
  const archive = join(ana.folder, 'cellar.cove-archive');
  expect(await ana.cove('archive', 'Cellar', archive, '--password-file', 'secret')).toMatchObject({ code: 1 });
  expect(await ana.cove('archive', 'Cellar', archive, '--password-file', 'secret', '--overwrite')).toMatchObject({
    code: 0,
  });
  const restored = await ben.cove('restore', archive, '--password-file', secret);
  expect(restored).toMatchObject({ code: 0, out: saved.out, err: expect.stringContaining('Cellar') });
  expect((await ben.cove('query', 'Cellar', '--count')).out).toBe('1\n');
  expect(saved.err + restored.err).not.toContain('file');
  writeFileSync(secret, 'other');
  const refused = await ana.cove('restore', archive, '--password-file', 'secret');
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('does not open the archive') });
}, 120_000);

test('what spaces take is told, and old changes take less of it', async () => {
  for (let n = 0; n < 30; n++) {
    writeFileSync(join(ana.folder, `page ${n}.md`), `# Page ${n}\n\n${'Beans climb, and peas do. '.repeat(100)}\n`);
  }
  await ana.cove('spaces', 'create', 'Shed');
  const pages = Array.from({ length: 30 }, (_, n) => `page ${n}.md`);
  expect(await ana.cove('import', 'Shed', ...pages)).toMatchObject({ code: 0 });
  expect((await ana.cove('storage', 'Shed')).out).toMatch(
    /^Shed {2}\d+ changes {2}[\d.]+ KiB {2}files 0 B of 4\.0 GiB\n$/,
  );
  const compacted = await ana.cove('storage', 'Shed', '--compact', '--days', '0');
  expect(compacted).toMatchObject({
    code: 0,
    err: expect.stringMatching(/^\d+ more changes are in packs and take [\d.]+ KiB less/m),
  });
  expect(compacted.out).toMatch(
    /^Shed {2}\d+ changes {2}[\d.]+ KiB, [\d.]+ KiB less than they were {2}files 0 B of 4\.0 GiB\n$/,
  );
  expect((await ana.cove('query', 'Shed', '--count')).out).toBe('30\n');
  expect((await ana.cove('storage')).out).toMatch(/database {2}[\d.]+ [KM]iB\n$/);
  expect(await ana.cove('storage', '--days', '3')).toMatchObject({
    code: 1,
    err: expect.stringContaining('--compact'),
  });
}, 120_000);

test('an archive says how many files it lacks', async () => {
  const all = JSON.parse(readFileSync(join(ana.folder, 'all.json'), 'utf8')) as { objects: { fields: object }[] };
  for (const { fields } of all.objects) {
    Object.assign(fields, { picture: { $blob: 'a'.repeat(64), key: 'b'.repeat(64), size: 7 } });
  }
  writeFileSync(join(ana.folder, 'named.json'), JSON.stringify(all));
  await ana.cove('spaces', 'create', 'Loft');
  expect(await ana.cove('import', 'Loft', 'named.json')).toMatchObject({ code: 0 });
  const saved = await ana.cove('archive', 'Loft', 'loft.cove-archive', '--password-file', 'secret');
  expect(saved).toMatchObject({ code: 0, err: expect.stringContaining('1 file is not on this device') });
  const archive = join(ana.folder, 'loft.cove-archive');
  const restored = await ben.cove('restore', archive, '--password-file', join(ana.folder, 'secret'), '--without-files');
  expect(restored).toMatchObject({ code: 0, err: expect.stringContaining('1 file is not here') });
  expect(await ana.cove('export', 'Loft', 'loft.json')).toMatchObject({
    code: 0,
    err: expect.stringContaining('1 file is not in it'),
  });
}, 120_000);

test('a reader that has enough ends it without a word', () => {
  const script = `"${process.execPath}" "${join(ROOT, 'out/sdk/cove.js')}" doctor --seconds 1 | true`;
  expect(spawnSync('sh', ['-c', script], { encoding: 'utf8', env: ana.env }).stderr).toMatch(/^Looking for .*\n+$/);
});

test('what cannot be is said in a sentence, with a code of its own', async () => {
  expect(await ana.cove('query', 'Nowhere')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no space “Nowhere”'),
  });
  expect(await ana.cove('query', 'Attic', 'done')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no condition'),
  });
  for (const limit of ['', '-1', '1.5']) {
    expect(await ana.cove('query', 'Attic', `--limit=${limit}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--limit takes a whole number.'),
    });
  }
  expect(await ana.cove('invite', 'Attic', '--role', 'king')).toMatchObject({
    code: 1,
    err: expect.stringContaining('--role takes one of these: keeper, reader, editor, admin.'),
  });
  expect(await ana.cove('plant')).toMatchObject({ code: 2, err: expect.stringContaining("unknown command 'plant'") });
  expect(await ana.cove('join', 'COVE1nothing')).toMatchObject({
    code: 1,
    err: expect.stringContaining('invitation code'),
  });
  const left = ana.start('spaces', 'leave', 'Attic');
  left.say('Cellar');
  expect(await left.ended).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was changed') });
  expect((await ana.cove('spaces')).out).toContain('Attic');
});

test('a keeper serves what it cannot read, to a member who never meets the author', async () => {
  const [kim, cy] = [newcomer(), newcomer()];
  const enter = async (guest: Person, ...options: readonly string[]) => {
    const inviting = ana.start('invite', 'Harbour', '--no-qr', ...options);
    const code = await inviting.seen(/^(COVE\S+)$/im);
    const joining = guest.start('join', code);
    await joining.seen(/Six digits: $/);
    joining.say(await inviting.seen(/^(\d{6})$/m));
    await inviting.ended;
    return joining.ended;
  };
  try {
    await kim.cove('identity', 'create', 'Kim');
    await cy.cove('identity', 'create', 'Cy');
    const key = (await ana.cove('spaces', 'create', 'Harbour')).out.trim();
    const title = `kept space ${key.slice(0, 12)}`;
    expect(await enter(kim, '--role', 'keeper')).toMatchObject({ code: 0, out: `${key}  ${title}\n` });
    expect((await enter(cy, '--role', 'reader')).code).toBe(0);

    mkdirSync(join(ana.folder, 'plans'));
    writeFileSync(join(ana.folder, 'plans/Dredging.md'), '# Dredging\n\nNobody is told before spring.\n');
    await ana.cove('import', 'Harbour', 'plans');
    const serving = kim.start('serve');
    const writing = ana.start('serve');
    await writing.seen(/“Harbour” \w+: 1 connected, up to date/);
    writing.interrupt();
    await writing.ended;

    const reading = cy.start('serve');
    await reading.seen(/“Harbour” \w+: 1 connected, up to date/);
    reading.interrupt();
    await reading.ended;
    const found = await cy.cove('query', 'Harbour', 'type=note', '--texts');
    expect(JSON.parse(found.out)).toMatchObject({ texts: { body: expect.stringContaining('before spring') } });

    serving.interrupt();
    const served = await serving.ended;
    expect(served).toMatchObject({ code: 0, out: expect.stringContaining(`${title}: 1 connected, up to date`) });
    expect((await kim.cove('query', key.slice(0, 12), '--count')).out).toBe('0\n');
    expect((await kim.cove('spaces')).out).toContain(title);
    expect(await kim.cove('archive', key.slice(0, 12), 'all', '--password-file', 'passphrase')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Your role'),
    });
    // All that is on the keeper's disk and all that it said, and what its own key opens.
    const files = readdirSync(kim.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const places = files.map(({ parentPath, name }) => ({ name, bytes: readFileSync(join(parentPath, name)) }));
    const said = { name: 'what it said', bytes: Buffer.from(served.out + served.err) };
    const written = ['Harbour', 'Dredging', 'before spring'];
    const needles = written.flatMap((value) => needlesOf({ name: value, value, shown: false }));
    const kept = await cellsOf(kim);
    expect(places.length).toBeGreaterThan(2);
    expect(findAll(needles, [...places, ...kept, said])).toEqual([]);
    // The same search finds the space there, and all that was written where it can be read.
    const space = needlesOf({ name: 'the space', value: Buffer.from(key, 'hex'), shown: false });
    expect(findAll(space, kept)).toContain('the space, bytes, in space.space_id');
    const read = findAll(needles, await cellsOf(cy));
    expect(written.filter((one) => read.some((where) => where.startsWith(`${one}, text, NFC, in `)))).toEqual(written);
  } finally {
    await kim.remove();
    await cy.remove();
  }
}, 180_000);
