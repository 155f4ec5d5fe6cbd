/**
 * A window that was taken over, against the real app: it calls everything that the contract has with everything
 * that the contract does not allow. Each call is refused in words, nothing secret comes back, and the app lives on.
 */
import { expect, test, type Page } from '@playwright/test';
import { SENTENCES } from '../../main/engine/errors.ts';
import { operations, topics } from '../../preload/contract/index.ts';
import { makeComputer, type Computer } from './computer.ts';
import { startCove, type Cove } from './cove.ts';
import { call, ownNote, ownSpace, type Hostile } from './hostile.ts';
import { Person } from './person.ts';

let computer: Computer;
let cove: Cove;
let ana: Person;
let page: Page;

test.beforeAll(async () => {
  computer = await makeComputer('hostile');
  cove = await startCove(computer);
  page = cove.window;
  ana = new Person('Ana', page);
  await ana.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('What to plant', 'beans along the fence');
});

test.afterAll(async () => {
  await cove.quit().catch(() => undefined);
  await computer.remove();
});

test.afterEach('the app lives on, with everything in it', async () => {
  // Without a click: after a refused navigation Playwright waits for its end before it clicks.
  const shown = () => page.evaluate(() => document.querySelector('.cm-content')?.textContent);
  await expect.poll(shown).toContain('beans along the fence');
  expect(await call(page, 'network.retry', {})).toEqual({ ok: true, value: null });
});

test('every operation refuses every input that is not of its shape', async () => {
  const names = Object.keys(operations);
  // Those that take nothing take every object without keys: a Date says no more to them than {}.
  const takesNothing = Object.entries(operations).flatMap(([name, { input }]) =>
    input.safeParse({}).success ? [name] : [],
  );
  const answered = await page.evaluate(
    async ([names, takesNothing]) => {
      const { cove } = window as unknown as Hostile;
      const odd: unknown[] = [
        undefined,
        null,
        true,
        0,
        -1,
        Number.NaN,
        Infinity,
        10n,
        '',
        'x',
        [],
        [1],
        new Date(),
        new Map([[1, 2]]),
        new Uint8Array(8),
        { extra: 1 },
        JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{}},"toString":1}'),
        { name: 'x'.repeat(5_000_000) },
        { spaceId: 'f'.repeat(64), noteId: 'f'.repeat(32), title: 'a\u0000b', extra: 1 },
        { spaceId: 'F'.repeat(64) },
        { spaceId: '../../etc/passwd', noteId: "'; DROP TABLE objects; --" },
        { spaceId: { toString: 1 }, noteId: ['f'.repeat(32)], name: {} },
        { text: 'x'.repeat(4_001), code: '12345a', invitationId: null, joiningId: 7 },
        { urls: ['javascript:alert(1)', 'file:///etc/passwd'], theme: 'pink', passphrase: 'short' },
        { spaceId: 'f'.repeat(64), role: 'owner', hours: Number.NaN, multiUse: 'yes' },
      ];
      const results: { name: string; odd: number; result: unknown }[] = [];
      for (const name of names) {
        for (const [i, input] of odd.entries()) {
          if (takesNothing.includes(name) && (input instanceof Date || input instanceof Map)) continue;
          const result = await cove.call(name, input).catch((error: unknown) => ({ thrown: String(error) }));
          results.push({ name, odd: i, result });
        }
      }
      return results;
    },
    [names, takesNothing] as const,
  );
  expect(answered).toHaveLength(names.length * 25 - takesNothing.length * 2);
  const wrong = answered.filter(({ result }) => !isRefusal(result));
  expect(wrong).toEqual([]);
});

test('operations that do not exist are refused, whatever they are called', async () => {
  const names = [
    '',
    'app.status',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'phrase.words',
    'x'.repeat(1_000_000),
    7,
    null,
    {},
    [],
  ];
  for (const name of names) expect(isRefusal(await call(page, name, {})), String(name).slice(0, 40)).toBe(true);
});

test('ids that are well-formed but foreign are refused by every operation that takes one', async () => {
  const [spaceId, id] = ['f'.repeat(64), 'f'.repeat(32)];
  const own = await ownSpace(page);
  const moment = '0'.repeat(48);
  const asked: [string, object][] = [
    ['spaces.rename', { spaceId, name: 'Mine' }],
    ['spaces.changeRole', { spaceId, identityId: spaceId, role: 'reader' }],
    ['spaces.changeRole', { spaceId: own, identityId: spaceId, role: 'reader' }],
    ['spaces.removeMember', { spaceId: own, identityId: spaceId }],
    ['spaces.leave', { spaceId }],
    ['spaces.deleteCopy', { spaceId }],
    ['spaces.deleteForEveryone', { spaceId, name: 'Garden' }],
    ['spaces.deleteForEveryone', { spaceId: own, name: 'garden of somebody else' }],
    ['notes.create', { spaceId }],
    ['notes.rename', { spaceId, noteId: id, title: 'x' }],
    ['notes.rename', { spaceId: own, noteId: id, title: 'x' }],
    ['notes.remove', { spaceId: own, noteId: id }],
    ['notes.restore', { spaceId: own, noteId: id }],
    ['notes.search', { spaceId, text: 'beans' }],
    ['files.exportSpace', { spaceId, password: 'long enough' }],
    ['files.exportSpace', { spaceId: own, password: 'short' }],
    ['files.importSpace', { password: 'of an archive that nobody chose' }],
    ['files.saveMarkdown', { spaceId }],
    ['files.takeMarkdown', { spaceId }],
    ['files.saveJson', { spaceId }],
    ['files.takeJson', { spaceId }],
    ['history.note', { spaceId, noteId: id, moment }],
    ['history.note', { spaceId: own, noteId: id, moment }],
    ['history.restore', { spaceId: own, noteId: id, moment }],
    ['history.undoRestore', { spaceId: own, noteId: id, before: moment, after: moment }],
    ['invitations.create', { spaceId }],
    ['invitations.revoke', { invitationId: id }],
    ['invitations.answer', { invitationId: id, deviceId: spaceId, approve: true }],
    ['invitations.copy', { invitationId: id, as: 'code' }],
    ['invitations.authenticate', { joiningId: id, code: '123456' }],
    ['invitations.cancel', { joiningId: id }],
    ['devices.answer', { invitationId: id, deviceId: spaceId, approved: true }],
    ['invitations.accept', { text: 'cove1nothing' }],
    ['identity.create', { name: 'Somebody else' }],
  ];
  // An invitation that is not there did not expire, and nobody cancelled it.
  for (const [name, input] of asked.filter(([, input]) => 'invitationId' in input || 'joiningId' in input)) {
    expect({ name, ...(await call(page, name, input)) }).toMatchObject({ name, error: { type: 'invitation-unknown' } });
  }
  for (const [name, input] of asked) {
    expect({ name, refused: isRefusal(await call(page, name, input)) }).toEqual({ name, refused: true });
  }
});

test('words of a search that mean something to the database are only words', async () => {
  const spaceId = await ownSpace(page);
  for (const text of [
    '"',
    '*',
    'beans" OR "x',
    "'; DROP TABLE objects; --",
    'NEAR(',
    'title:',
    '(',
    '\\',
    '-',
    'AND',
    '%',
    '\ud800',
  ]) {
    expect({ text, ok: (await call(page, 'notes.search', { spaceId, text })).ok }).toEqual({ text, ok: true });
  }
});

test('every topic refuses odd parameters and foreign ids, and tells nothing', async () => {
  const names = [...Object.keys(topics), '__proto__', 'constructor', 'phrase', ''];
  const told = await page.evaluate(async (names) => {
    const { cove } = window as unknown as Hostile;
    const foreign = { spaceId: 'f'.repeat(64), noteId: 'f'.repeat(32) };
    const odd: unknown[] = [
      undefined,
      null,
      [],
      'x',
      7,
      { extra: 1 },
      { spaceId: 7 },
      { spaceId: 'x'.repeat(1_000_000) },
      foreign,
      { ...foreign, extra: 1 },
    ];
    const results: { name: string; snapshot: unknown }[] = [];
    const stops = names.flatMap((name) =>
      odd.map((params) => cove.subscribe(name, params, (snapshot) => results.push({ name, snapshot }))),
    );
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    for (let i = 0; i < 200 && results.length < stops.length; i++) await wait(100);
    // Whoever is told more than a refusal would be told it now.
    await wait(500);
    for (const stop of stops) stop();
    return results;
  }, names);
  expect(told).toHaveLength(names.length * 10);
  // A note that is not there is a note that is not there, in a space that is; here the space is foreign too.
  expect(told.filter(({ snapshot }) => !isRefusal(snapshot))).toEqual([]);
});

test('a document port refuses foreign documents and closes on every message it does not know', async () => {
  const spaceId = await ownSpace(page);
  const noteId = await ownNote(page, spaceId);
  const outcome = await page.evaluate(
    async ({ spaceId, noteId }) => {
      const { cove } = window as unknown as Hostile;
      let count = 0;
      const open = (space: unknown, note: unknown, field: unknown, send?: unknown) =>
        new Promise<string[]>((resolve) => {
          const request = `hostile-${String(++count)}`;
          const types: string[] = [];
          const end = () => {
            window.removeEventListener('message', listen);
            resolve(types);
          };
          const listen = (event: MessageEvent) => {
            const [port] = event.ports;
            if (event.data?.request !== request || port === undefined) return;
            port.onmessage = ({ data }: MessageEvent<{ type: string }>) => {
              types.push(data.type);
              if (data.type === 'opened' && send !== undefined) port.postMessage(send);
              if (data.type === 'closed') end();
            };
          };
          window.addEventListener('message', listen);
          cove.openDocument(request, space, note, field);
          setTimeout(end, 1_000);
        });
      const messages: Record<string, unknown> = {
        text: 'push',
        number: 7,
        nothing: null,
        list: [],
        unknown: { type: 'drop' },
        'no version': { type: 'push', updates: [] },
        'a version of the future': { type: 'push', version: 1e9, updates: [{ changes: [21], clientId: 'x' }] },
        'a version that is no number': {
          type: 'push',
          version: Number.NaN,
          updates: [{ changes: [21], clientId: 'x' }],
        },
        'a change that is none': { type: 'push', version: 0, updates: [{ changes: 'x', clientId: 'x' }] },
        'a change of another length': {
          type: 'push',
          version: 0,
          updates: [{ changes: [999_999, [0, 'x']], clientId: 'x' }],
        },
        'changes that are nested without end': {
          type: 'push',
          version: 0,
          updates: [{ changes: Array.from({ length: 2_500 }).reduce((inner: unknown) => [inner], 0), clientId: 'x' }],
        },
        'a negative change': { type: 'push', version: 0, updates: [{ changes: [-5, [0, 'x']], clientId: 'x' }] },
        'a key too much': { type: 'blur', extra: 1 },
        'a cursor beyond the end': { type: 'cursor', anchor: 1e12, head: 0, version: 0 },
      };
      const results: Record<string, string[]> = {};
      for (const [name, message] of Object.entries(messages))
        results[name] = await open(spaceId, noteId, 'body', message);
      return {
        good: await open(spaceId, noteId, 'body', { type: 'blur' }),
        results,
        foreignSpace: await open('f'.repeat(64), noteId, 'body'),
        foreignNote: await open(spaceId, 'f'.repeat(32), 'body'),
        foreignField: await open(spaceId, noteId, 'title'),
        badField: await open(spaceId, noteId, '__proto__'),
        badSpace: await open({ spaceId }, noteId, 'body'),
      };
    },
    { spaceId, noteId },
  );
  expect(outcome.good, 'control: an honest port stays open').toContain('opened');
  expect(outcome.good).not.toContain('closed');
  for (const [name, types] of Object.entries(outcome.results)) {
    // A change on an old version is answered with what came since; afterEach sees that the text is the same.
    if (!/^an? .*change/.test(name)) expect({ name, last: types.at(-1) }).toEqual({ name, last: 'closed' });
  }
  expect([outcome.foreignSpace, outcome.foreignNote]).toEqual([['closed'], ['closed']]);
  expect(outcome.foreignField).not.toContain('opened');
  expect([outcome.badField, outcome.badSpace]).toEqual([[], []]);
});

test('the page can neither go elsewhere, nor open a window, nor fetch, nor get a permission', async () => {
  const address = page.url();
  const outcome = await page.evaluate(async () => {
    const fetched = (url: string) =>
      fetch(url).then(
        (answer) => answer.status,
        () => 'refused',
      );
    return {
      opened: window.open('app://cove/index.html') === null && window.open('https://example.org') === null,
      fetches: [
        await fetched('https://example.org'),
        await fetched('file:///etc/passwd'),
        await fetched('app://other/index.html'),
      ],
      own: await fetched('app://cove/index.html'),
      escape: [await fetched('app://cove/..%2f..%2fpackage.json'), await fetched('app://cove/%2e%2e/main/index.cjs')],
      notifications: await Notification.requestPermission(),
      location: await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('told'),
          ({ code }) => resolve(code),
        ),
      ),
      camera: await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => 'seen',
        (error: Error) => error.name,
      ),
      clipboard: await navigator.clipboard.readText().then(
        () => 'read',
        (error: Error) => error.name,
      ),
    };
  });
  expect(outcome).toEqual({
    opened: true,
    fetches: ['refused', 'refused', 'refused'],
    own: 200,
    escape: [404, 404],
    notifications: 'denied',
    location: 1,
    // Where there is no camera, that is what Chromium says first.
    camera: expect.stringMatching(/^Not(Allowed|Found)Error$/) as unknown as string,
    clipboard: 'NotAllowedError',
  });
  for (const url of ['https://example.org/', 'file:///etc/passwd', 'app://cove/phrase.html', 'app://other/']) {
    await page.evaluate((target) => void (location.href = target), url);
    await page.waitForTimeout(200);
    expect(page.url()).toBe(address);
  }
  expect(cove.app.windows()).toHaveLength(1);
});

test('it opens one of the system’s dialogs at a time', async () => {
  await cove.app.evaluate(({ dialog }) => {
    const asked = { times: 0 };
    Object.assign(globalThis, { asked });
    Object.assign(dialog, {
      showSaveDialog: () => {
        asked.times++;
        return new Promise((resolve) => setTimeout(resolve, 300, { canceled: true, filePath: '' }));
      },
    });
  });
  const answers = await page.evaluate(() => {
    const save = () => (window as unknown as Hostile).cove.call('backups.save', {});
    return Promise.all([save(), save(), save()]);
  });
  expect(answers).toEqual(Array(3).fill({ ok: true, value: { saved: false } }));
  const asked = () => cove.app.evaluate(() => (globalThis as unknown as { asked: { times: number } }).asked.times);
  expect(await asked()).toBe(1);
  await call(page, 'backups.save', {});
  expect(await asked(), 'control: the next one is asked').toBe(2);
});

test('it cannot open windows without end', async () => {
  for (let n = 0; n < 12; n++) expect(await call(page, 'window.new', {})).toEqual({ ok: true, value: null });
  const count = () => cove.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  expect(await count()).toBe(8);
  await cove.app.evaluate(({ BrowserWindow }) => {
    const [, ...others] = BrowserWindow.getAllWindows().sort((a, b) => a.id - b.id);
    for (const other of others) other.destroy();
  });
  await expect.poll(count).toBe(1);
});

/** `{ok: false}` with one of our own sentences: no stack, no library's words. */
function isRefusal(result: unknown): boolean {
  const { ok, error } = (result ?? {}) as { ok?: unknown; error?: { message?: string; type?: string } };
  return (
    ok === false && error?.type !== 'internal' && (Object.values(SENTENCES) as string[]).includes(error?.message ?? '')
  );
}
