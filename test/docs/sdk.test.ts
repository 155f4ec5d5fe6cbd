/**
 * The programs printed in docs/sdk.md run as printed: two Node processes on two computers, each with a keyring of its
 * own, and a stock mosquitto between them. Only what they cannot know is put before them (the code, the digits), and
 * what lets this test look is put after them or between two of their lines.
 */
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHAPES } from '../../main/client/arguments.ts';
import { makeComputer, type Computer } from '../desktop/computer.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { readDocument, snippet, snippets } from './documents.ts';
import { TELL, runProgram, typeErrors, type Program, withSdk } from './programs.ts';

const GUIDE = 'docs/sdk.md';
const host = snippet(GUIDE, ({ program }) => program === 'host');
const guest = snippet(GUIDE, ({ program }) => program === 'guest');
const liveQueries = snippet(GUIDE, ({ heading }) => heading === 'Live queries');
const history = snippet(GUIDE, ({ program }) => program === 'history');
const steps = snippet(GUIDE, ({ program }) => program === 'steps');
const queries = snippet(GUIDE, ({ program }) => program === 'queries');
const across = snippet(GUIDE, ({ program }) => program === 'across');
const owners = snippet(GUIDE, ({ program }) => program === 'owners');
const shares = snippet(GUIDE, ({ program }) => program === 'shares');
const points = snippet(GUIDE, ({ program }) => program === 'points');
const blobs = snippet(GUIDE, ({ program }) => program === 'blobs');
const bundle = snippet(GUIDE, ({ program }) => program === 'bundle');
const fileJoin = snippet(GUIDE, ({ program }) => program === 'file-join');
const types = snippet(GUIDE, ({ program }) => program === 'types');
const versions = snippet(GUIDE, ({ program }) => program === 'versions');
const [published, live, batches, references, events] = ['published', 'live', 'batches', 'references', 'events'].map(
  (name) => snippet(GUIDE, ({ program }) => program === name),
) as [string, string, string, string, string];
const files = snippet(GUIDE, ({ program }) => program === 'files');
const archive = snippet(GUIDE, ({ program }) => program === 'archive');
const storage = snippet(GUIDE, ({ program }) => program === 'storage');
const testing = snippet(GUIDE, ({ program }) => program === 'testing');
const failures = snippet(GUIDE, ({ heading }) => heading === 'Failures');

/** Waits for a line from the test. */
const PAUSE = "await new Promise((go) => process.stdin.once('data', go));\n";
const LEAVE = 'process.stdin.destroy();\nawait client.destroy();\n';

const asHost = `${host}
${TELL}
tell({ code, authCode, spaces: spaces.length, state: invitation.state });
const show = (title: unknown) => tell({ shows: title });
space.db.query({ type: 'task' }).subscribe((tasks) => tell({ tasks: tasks.map(({ title, done }) => ({ title, done })) }));
${liveQueries}
${PAUSE}cancel();
${history}tell({ fields, past, latest: latest?.fields, title: plan.title });
${steps.replace(/(?=const undone)/, 'tell({ title: plan.title, rows: plan.rows });\n')}tell({ undone, title: plan.title, rows: plan.rows });
${owners}
tell({ owners: house.members.map(({ name, awaited = false }) => ({ name, awaited })) });
${shares}
${points.replaceAll('mqtts://meet.example', 'mqtts://127.0.0.1:1')}
tell({ named: space.namedMeetingPoints?.urls, used: used.length });
tell({ shares: shares.length, words: phrase === (await client.halo.phrase())?.join(' ') });
${LEAVE}`;

const asFinder = `import { Client } from 'cove';
${TELL}
const client = new Client();
await client.initialize();
await client.halo.createProfile();
const space = await client.echo.createSpace();
const show = (line: unknown) => tell({ shows: line });
${queries}
const found = { early, spring, tagged, ofGarden, urgent, about, page, rest, hits, everywhere };
tell({ found: Object.values(found).map(({ length }) => length), total, left: tasks.count });
${across}
while (keys.length < 2) await new Promise((go) => setTimeout(go, 5));
end();
tell({ first: first.length, more, compost: compost.length, same: keys.join() === due.found.map(({ key }) => key).join() });
${LEAVE}`;

const asKeeper = (folder: string) => `import { Client } from 'cove';
${testing}
${TELL}
tell({ seen });
const client = new Client();
await client.initialize();
await client.halo.createProfile();
const space = await client.echo.createSpace({ name: 'House' });
space.objects.create({ type: 'note', title: 'Beans' }, { body: 'climb' });
const show = (line: unknown) => tell({ shows: line });
${files.replaceAll("'house", `'${folder}/house`)}
tell({ notes, all, read, failed: failed.length, again });
for (let row = 0; row < 30; row++) space.objects.create({ type: 'log' }, { body: 'Peas and beans. '.repeat(200) });
space.objects.flush();
await new Promise((go) => setTimeout(go, 50)); // what is older than nothing is older than a moment
${storage}
tell({ bytes: bytes > 0, saved: saved > 1024 });
${archive.replaceAll("'house", `'${folder}/house`)}
${LEAVE}`;

/** The host, with the lines about files at its end: both halves on one computer, which knows a file of its own. */
const asCarrier = (folder: string) =>
  asHost.replace(
    LEAVE,
    `await (await import('node:fs/promises')).writeFile('${folder}/picture.png', new Uint8Array(300_000));
${blobs.replaceAll(/'(picture|copy)\.png'/g, `'${folder}/$1.png'`)}
tell({ state, waiting, chunks, of, kept: space.blobs.status(photo.picture).keep });
${bundle.replaceAll("'home.", `'${folder}/home.`)}
tell({ taken: taken.changes, spaces: taken.spaces.length, unknown: taken.unknownSpaces });
const guest = new Client({ dataDir: '${folder}/guest', meetingPoints: [], bind: '127.0.0.1', lan: false });
await guest.initialize();
await guest.halo.createProfile({ displayName: 'Cleo' });
const ask = async (_question: string) => theirs.authenticationCode ?? '';
${fileJoin.replaceAll(/'(\d\.cove-join)'/g, `'${folder}/$1'`)}
tell({ joined: mine.state, brought: (changes?.changes ?? 0) > 0 });
await guest.destroy();
${LEAVE}`,
  );

/** The host, with the lines about types. */
const asTyped = `${host}
${TELL}
const show = (title: unknown) => tell({ shows: title });
${types}
tell({ open: open.map((one) => [one.title, one.tags.size, String(one.notes)]), same: same?.steps.length });
${versions}
tell({ state: upgraded?.state, fields: Object.keys(space.objects.fields(task.id) ?? {}).sort() });
${published}
tell({ known: known.map(({ name, version, jsonSchema }) => [name, version, typeof jsonSchema?.properties]) });
${live}
tell({ steps: task.steps.length, tags: [...task.tags], done: task.done });
stop();
${batches}
tell({ market: space.db.backlinks(market).count });
${references}
tell({ first: first?.['title'], lists: lists.map(({ name }) => name), needed });
${events}
await new Promise((go) => setTimeout(go, 100));
[following, watching, listening].forEach((end) => end());
${LEAVE}`;

const constants = (code: string, authCode: string) => `const [code, authCode] = ${JSON.stringify([code, authCode])};\n`;

/** The guest, stopping before `line`, so that the host can see what was done until then. */
function asGuest(code: string, authCode: string): string {
  const [before, after, ...more] = guest.split(/^(?=await joined\.db\.remove)/m);
  if (before === undefined || after === undefined || more.length > 0) throw new Error('the guest removes no task');
  const stop = `tell({ found: objects.map(({ title, done }) => ({ title, done })), id: task.id });\n${PAUSE}`;
  const end = "tell({ left: joined.db.query({ type: 'task' }).objects.length });\n";
  return constants(code, authCode) + TELL + before + stop + after + end + LEAVE;
}

/** The guest until it authenticates, then the guide's lines about failures. */
function asStranger(code: string): string {
  const [before, ...rest] = guest.split(/^(?=await authenticate)/m);
  if (rest.length !== 1) throw new Error('the guest does not authenticate');
  const ask = 'const ask = (question: string) => tell({ asks: question });\n';
  return `import { CoveError } from 'cove';\n${constants(code, '')}${TELL}${ask}${before}${failures}${LEAVE}`;
}

/** The guest as printed, with these digits; what it rejects with is told. */
const asGuesser = (code: string, digits: string) =>
  `${constants(code, digits)}${TELL}process.on('uncaughtException', (error: Error & { type?: string }) => {
  tell({ rejected: error.type });
  process.exit(3);
});\n${guest}`;

const wrong = (digits: string) => digits.replace(/^./, (first) => String((Number(first) + 1) % 10));

let broker: Mosquitto;
const computers: Computer[] = [];
const programs: Program[] = [];

async function computer(name: string): Promise<Computer> {
  const made = await makeComputer(name);
  Object.assign(made.env, { COVE_MEETING_POINTS: broker.url, COVE_BIND: '127.0.0.1' });
  computers.push(made);
  return made;
}

function run(name: string, code: string, on: Computer): Program {
  const program = runProgram(name, code, on);
  programs.push(program);
  return program;
}

withSdk();
beforeAll(async () => {
  broker = await startMosquitto();
});

afterAll(async () => {
  for (const program of programs) program.stop();
  await Promise.all(programs.map(({ ended }) => ended));
  await Promise.all(computers.map((one) => one.remove()));
  await broker.close();
});

test('every snippet of the guide is one that is run here', () => {
  const known = [
    host,
    guest,
    liveQueries,
    queries,
    across,
    types,
    versions,
    published,
    live,
    batches,
    references,
    events,
    history,
    steps,
    points,
    owners,
    shares,
    blobs,
    bundle,
    fileJoin,
    files,
    archive,
    storage,
    testing,
    failures,
  ];
  expect(snippets(readDocument(GUIDE)).map(({ code }) => known.includes(code))).toEqual(known.map(() => true));
});

test('the printed programs bring a task to the host and take it away again; wrong digits are refused', async () => {
  const anas = await computer('ana');
  const ana = run('host', asCarrier(anas.dataDir), anas);
  const made = (await ana.next()) as { code: string; authCode: string };
  expect(made).toMatchObject({ spaces: 1, authCode: expect.stringMatching(/^\d{6}$/) });
  expect(made.code).not.toContain(made.authCode);
  expect(await ana.next()).toEqual({ tasks: [] });

  const guesser = run('guesser', asGuesser(made.code, wrong(made.authCode)), await computer('eve'));
  expect([await guesser.next(), await guesser.ended]).toEqual([{ rejected: 'wrong-code' }, 3]);

  const ben = run('guest', asGuest(made.code, made.authCode), await computer('ben'));
  expect(await ben.next()).toMatchObject({ found: [{ title: 'Buy milk', done: true }] });
  expect(await until(ana, { tasks: [{ title: 'Buy milk', done: true }] })).toContainEqual({
    tasks: [{ title: 'Buy milk', done: true }],
  });
  ben.say('go on');
  expect(await ben.next()).toEqual({ left: 0 });
  expect(await until(ana, { tasks: [] })).toContainEqual({ tasks: [] });
  expect(await ben.ended).toBe(0);
  ana.say('that is all');
  expect(
    await until(ana, {
      fields: [{ path: '/title', before: 'Beans', after: 'Peas' }],
      past: 'Beans',
      latest: true,
      title: 'Beans',
    }),
  ).toHaveLength(1);
  expect(await ana.next()).toEqual({ title: 'Beans', rows: 3 });
  expect(await ana.next()).toEqual({ undone: true, title: 'Peas', rows: 4 });
  expect(await ana.next()).toEqual({ owners: [{ name: 'Someone', awaited: false }] });
  expect(await ana.next()).toEqual({ named: ['mqtts://127.0.0.1:1'], used: 1 });
  expect(await ana.next()).toEqual({ shares: 3, words: true });
  // Stored, and read in two chunks.
  for (const shown of [300_000, 262_144, 37_856]) expect(await ana.next()).toEqual({ shows: shown });
  expect(await ana.next()).toEqual({ shows: '300032 of 4294967296 bytes' });
  expect(await ana.next()).toEqual({ state: 'here', chunks: 2, of: 2, kept: true });
  expect(await ana.next()).toEqual({ shows: expect.stringMatching(/^\d+ changes, \d+ bytes$/) });
  expect(await ana.next()).toEqual({ taken: 0, spaces: 1, unknown: 0 });
  expect(await ana.next()).toEqual({ shows: expect.stringMatching(/^\d{6}$/) });
  expect(await ana.next()).toEqual({ joined: 'joined', brought: true });
  expect(await ana.ended).toBe(0);
});

test('the lines about live queries show open tasks, and those about failures ask again', async () => {
  const add = "await space.db.add({ type: 'task', title: 'Water the beans', done: false });\n";
  const cut = asHost.lastIndexOf(PAUSE);
  const ana = run('live', asHost.slice(0, cut) + add + asHost.slice(cut), await computer('ana2'));
  const { code, authCode } = (await ana.next()) as { code: string; authCode: string };
  expect(await until(ana, { shows: 'Water the beans' })).toContainEqual({ shows: 'Water the beans' });
  expect(authCode).not.toBe('000000'); // one run in a million draws the digits that the guide calls wrong
  const stranger = run('stranger', asStranger(code), await computer('eve2'));
  expect([await stranger.next(), await stranger.ended]).toEqual([{ asks: 'Not right: 2 left' }, 0]);
  ana.say('that is all');
  expect(await ana.ended).toBe(0);
});

test('the lines about types refuse an empty title, and read a task as its next version', async () => {
  const typed = run('typed', asTyped, await computer('tea'));
  expect(await typed.next()).toEqual({ shows: expect.stringMatching(/^\/title: ./) });
  expect(await typed.next()).toEqual({ open: [['Buy milk', 1, 'The blue one.']], same: 0 });
  const fields = ['$version', 'done', 'state', 'steps', 'tags', 'title', 'type'];
  expect(await typed.next()).toEqual({ state: 'waiting', fields });
  expect(await typed.next()).toEqual({ known: [['task', 2, 'object']] });
  expect(await typed.next()).toEqual({ shows: 'Not the red one. The blue one.' });
  expect(await typed.next()).toEqual({ steps: 0, tags: ['home', 'shop'], done: true });
  expect(await typed.next()).toEqual({ market: 1 });
  expect(await typed.next()).toEqual({ first: 'Buy milk', lists: ['Saturday'], needed: [['Milk', 2]] });
  expect(await typed.next()).toEqual({ shows: 'Buy milk' });
  expect(await typed.ended).toBe(0);
});

test('the lines about finding objects find them', async () => {
  const finder = run('queries', asFinder, await computer('fay'));
  expect(await finder.next()).toEqual({ shows: '0: Order seeds' });
  expect(await finder.next()).toEqual({ found: [1, 1, 1, 1, 1, 1, 1, 1, 1, 2], total: 2, left: 2 });
  expect(await finder.next()).toEqual({ first: 1, compost: 1, same: true });
  expect(await finder.ended).toBe(0);
});

test('the lines about files, archives and tests give what went in', async () => {
  const on = await computer('kim');
  const keeper = run('keeper', asKeeper(dirname(on.dataDir)), on);
  expect(await keeper.next()).toEqual({ seen: 1 });
  expect(await keeper.next()).toEqual({ notes: 1, all: 1, read: 1, failed: 0, again: 1 });
  expect(await keeper.next()).toEqual({
    shows: expect.stringMatching(/^\d+ changes take \d+ bytes, \d+ less than before\.$/),
  });
  expect(await keeper.next()).toEqual({ bytes: true, saved: true });
  expect(await keeper.next()).toEqual({ shows: 'It is the same.' });
  expect(await keeper.ended).toBe(0);
});

test('the snippets have the types of the package; a planted wrong line has not', () => {
  const planted = asHost.replace('space.createInvitation()', 'space.invite()');
  const programs = {
    host: asCarrier('folder'),
    guest: asGuest('code', '123456'),
    stranger: asStranger('code'),
    typed: asTyped,
    finder: asFinder,
    keeper: asKeeper('folder'),
    planted,
  };
  expect(typeErrors(programs)).toEqual({
    host: '',
    guest: '',
    stranger: '',
    typed: '',
    finder: '',
    keeper: '',
    planted: expect.stringContaining("'invite' does not exist"),
  });
});

/** Everything it tells until it tells this. */
async function until(program: Program, last: unknown): Promise<unknown[]> {
  const heard: unknown[] = [];
  do heard.push(await program.next());
  while (JSON.stringify(heard.at(-1)) !== JSON.stringify(last));
  return heard;
}

test('the table of settings has every option, and no other', () => {
  const rows = readDocument(GUIDE).match(/^\| `\w+`/gm) ?? [];
  expect(rows.map((row) => row.slice(3, -1)).sort()).toEqual(Object.keys(SHAPES.client.shape).sort());
});
