/** Who is answered at all, in real windows; and that no answer to a window carries a key, a recovery word or a path. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import * as keys from '../../main/engine/crypto/keys.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { decodeItem } from '../../main/engine/halo/keychain-item.ts';
import { phraseOf } from '../../main/engine/halo/phrase.ts';
import { topics, type Input, type OperationName, type Output } from '../../preload/contract/index.ts';
import { makeComputer, type Computer } from './computer.ts';
import { ROOT, startCove, type Cove } from './cove.ts';
import { call, first, ownNote, ownSpace, type Hostile } from './hostile.ts';
import { Person } from './person.ts';

let computer: Computer;
let cove: Cove;
let page: Page;
let spaceId: string;
let noteId: string;

test.beforeAll(async () => {
  computer = await makeComputer('secrets');
  cove = await startCove(computer);
  page = cove.window;
  const ana = new Person('Ana', page);
  await ana.introduce();
  await ana.createSpace('Garden');
  await ana.writeNote('What to plant', 'beans along the fence');
  spaceId = await ownSpace(page);
  noteId = await ownNote(page, spaceId);
});

test.afterAll(async () => {
  await cove.quit().catch(() => undefined);
  await computer.remove();
});

/** What a page says and hears that calls, subscribes and asks for a document. */
const ask = () => `(async () => {
  const told = [];
  addEventListener('message', ({ data }) => data.request === 'ours' && told.push('a port'));
  cove.subscribe('spaces.list', {}, () => told.push('a snapshot'));
  cove.openDocument('ours', '${spaceId}', '${noteId}', 'body');
  const { ok, error } = await cove.call('spaces.rename', { spaceId: '${spaceId}', name: 'Garden' });
  for (let i = 0; i < (ok ? 100 : 10) && new Set(told).size < 2; i++) await new Promise((go) => setTimeout(go, 100));
  return [ok ? 'answered' : error.type, ...new Set(told.sort())];
})()`;
const REFUSED = ['bad-request'];

test('no other window, no other page and no frame is answered, whatever bridge it has', async () => {
  const pages = ['app://cove/index.html', 'app://cove/phrase.html', 'about:blank', 'data:text/html,<p>hello'];
  const preload = join(ROOT, 'out/preload/index.cjs');
  const others = await cove.app.evaluate(
    async ({ BrowserWindow }, { preload, ask, pages }) => {
      const heard: Record<string, unknown> = {};
      for (const url of pages) {
        const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true, preload } });
        await window.loadURL(url);
        heard[url] = await window.webContents.executeJavaScript(ask);
        window.destroy();
      }
      return heard;
    },
    { preload, ask: ask(), pages },
  );
  expect(others).toEqual(Object.fromEntries(pages.map((url) => [url, REFUSED])));

  // A window of ours: on its page it is answered, led away it is not.
  const second = await cove.openWindow();
  await expect(second.getByRole('button', { name: 'Garden', exact: true })).toBeVisible();
  const own = await cove.app.evaluate(async ({ BrowserWindow }, ask) => {
    const window = BrowserWindow.getAllWindows().reduce((one, other) => (other.id > one.id ? other : one));
    const here = (await window.webContents.executeJavaScript(ask)) as unknown;
    await window.loadURL('about:blank');
    const away = (await window.webContents.executeJavaScript(ask)) as unknown;
    window.destroy();
    return { here, away };
  }, ask());
  expect(own).toEqual({ here: ['answered', 'a port', 'a snapshot'], away: REFUSED });

  // A frame inside the page has no bridge to ask with.
  const frame = await page.evaluate(() => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const has = [window, frame.contentWindow as Window].map((place) => 'cove' in place);
    frame.remove();
    return has;
  });
  expect(frame).toEqual([true, false]);
});

test('the phrase is told to the phrase window only, and that knows no other calls', async () => {
  const opened = cove.app.waitForEvent('window');
  await page.getByRole('button', { name: 'Write it down' }).click();
  const phrase = await opened;
  await expect(phrase.getByRole('button', { name: 'Show the words' })).toBeVisible();
  const other = await cove.app.evaluate(
    async ({ BrowserWindow }, preload) => {
      const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true, preload } });
      await window.loadURL('app://cove/phrase.html');
      const heard = (await window.webContents.executeJavaScript(`(async () => ({
        words: await covePhrase.words(),
        kept: await covePhrase.kept(),
        shares: (await covePhrase.split({ threshold: 2, shares: 3, phrase: null })).shares,
      }))()`)) as unknown;
      window.destroy();
      return heard;
    },
    join(ROOT, 'out/preload/phrase.cjs'),
  );
  expect(other).toEqual({ words: null, kept: false, shares: [] });
  const told = await phrase.evaluate(async () => {
    const { covePhrase } = window as unknown as { covePhrase: Record<string, () => Promise<unknown>> };
    return [((await covePhrase['words']?.()) as string[]).length, await covePhrase['kept']?.()];
  });
  expect(told, 'control: the phrase window is told').toEqual([12, true]);

  for (const [where, bridge] of [
    [phrase, 'covePhrase'],
    [page, 'cove'],
  ] as const) {
    const has = await where.evaluate(() =>
      ['cove', 'covePhrase', 'require', 'process'].filter((name) => name in window),
    );
    expect(has).toEqual([bridge]);
  }
  await phrase.close();
});

/**
 * What each operation is asked, well-formed and of what is here. Null, which only an operation that answers nothing may
 * have: it would end this app, its profile or this test's window, or open one of the system's.
 */
type Asked = { readonly [Name in OperationName]: Input<Name> | (Output<Name> extends null ? null : never) };
const asked = (invitationId: string, mine: string, leaving: string, moment: string): Asked => ({
  'identity.create': { name: 'Somebody else' },
  'identity.rename': { name: 'Ana' },
  'identity.verify': { identityId: mine, verified: false },
  'identity.showPhrase': null,
  'identity.splitPhrase': null,
  'app.retry': {},
  'app.recover': {},
  'app.setAside': {},
  'app.usePassphrase': { passphrase: 'correct horse battery staple' },
  'app.quit': null,
  'devices.invite': {},
  'devices.answer': { invitationId, deviceId: mine, approved: true },
  'devices.link': { text: 'cove1nothing' },
  'devices.rename': { deviceId: mine, name: 'Desk' },
  'devices.revoke': { deviceId: mine },
  'devices.revokeWithPhrase': null,
  'devices.recover': null,
  'backups.save': {},
  'storage.read': {},
  'storage.compact': {},
  'storage.cancel': {},
  'bundles.save': { spaceId, everything: true },
  'bundles.take': {},
  'bundles.cancel': {},
  'fileJoins.begin': { text: 'cove1nothing' },
  'fileJoins.take': {},
  'fileJoins.save': { fileJoinId: invitationId },
  'fileJoins.authenticate': { fileJoinId: invitationId, code: '123456' },
  'fileJoins.answer': { fileJoinId: invitationId, deviceId: mine, approve: true },
  'fileJoins.cancel': { fileJoinId: invitationId },
  'fileJoins.saveCode': { invitationId },
  'fileJoins.readCode': {},
  'spaces.create': { name: 'Attic' },
  'spaces.rename': { spaceId, name: 'Garden' },
  'spaces.changeRole': { spaceId, identityId: mine, role: 'reader' },
  'spaces.removeMember': { spaceId, identityId: mine },
  'spaces.leave': { spaceId: leaving },
  'spaces.deleteCopy': { spaceId: mine },
  'spaces.nameMeetingPoints': { spaceId, urls: ['mqtts://ana:hunter2-of-ana@meet.example'] },
  'spaces.deleteForEveryone': { spaceId, name: 'not its name' },
  'network.retry': {},
  'notes.create': { spaceId, title: 'Another' },
  'notes.rename': { spaceId, noteId, title: 'What to plant' },
  'notes.remove': { spaceId, noteId },
  'notes.restore': { spaceId, noteId },
  'notes.search': { spaceId, text: 'beans' },
  'notes.look': { spaceId, noteId },
  'pictures.add': { spaceId, name: 'bed.png', bytes: new Uint8Array(8) },
  'pictures.save': { spaceId, fileId: noteId },
  'files.exportSpace': { spaceId, password: 'hunter2-of-ana' },
  'files.chooseArchive': {},
  'files.importSpace': { password: 'hunter2-of-ana' },
  'files.saveMarkdown': { spaceId },
  'files.takeMarkdown': { spaceId },
  'files.saveJson': { spaceId },
  'files.takeJson': { spaceId },
  'files.cancel': {},
  'history.note': { spaceId, noteId, moment },
  'history.restore': { spaceId, noteId, moment },
  'history.undoRestore': { spaceId, noteId, before: moment, after: moment },
  'invitations.create': { spaceId },
  'invitations.answer': { invitationId, deviceId: mine, approve: true },
  'invitations.copy': { invitationId, as: 'code' },
  'invitations.check': { text: 'cove1nothing' },
  'invitations.accept': { text: 'cove1nothing' },
  'invitations.authenticate': { joiningId: invitationId, code: '123456' },
  'invitations.cancel': { joiningId: invitationId },
  'invitations.takeLink': {},
  'invitations.revoke': { invitationId },
  'settings.theme': { theme: 'system' },
  'settings.meetingPoints': { urls: ['mqtts://ana:hunter2-of-ana@127.0.0.1:8883'] },
  'settings.useOfSpaces': { url: 'mqtts://meet.example', use: false },
  'settings.stun': { urls: [] },
  'settings.turn': { urls: [] },
  'settings.proxy': { proxy: 'http://ana:hunter2-of-ana@127.0.0.1:8080' },
  'settings.lanAddresses': { urls: [] },
  'settings.lan': { on: false },
  'settings.carry': { on: false },
  'settings.keepCameraData': { on: false },
  'window.new': null,
  'window.commands': { commands: [] },
  'links.open': null,
  'doctor.copy': {},
});

/** The moment of the note's latest change. */
async function latest(): Promise<string> {
  const { versions } = (await first(page, 'history.versions', { spaceId, noteId })) as {
    versions: { moment: string }[];
  };
  return versions[0]?.moment ?? '';
}

test('no answer and no snapshot carries a key, a recovery word, a password or a path', async () => {
  await cove.app.evaluate(({ dialog }, folder) => {
    const file = { canceled: false, filePath: `${folder}/of-ana`, filePaths: [`${folder}/of-ana`] };
    Object.assign(dialog, { showSaveDialog: async () => file, showOpenDialog: async () => file });
  }, computer.env['HOME'] as string);
  const secrets = await secretsOf();
  const made = async (name: string, input: object): Promise<Record<string, string>> => {
    const result = await call(page, name, input);
    return (result.ok ? result.value : {}) as Record<string, string>;
  };
  const { invitationId } = await made('invitations.create', { spaceId });
  const { spaceId: leaving } = await made('spaces.create', { name: 'Shed' });
  const { device } = (await first(page, 'app.status', {})) as { device: { deviceId: string } };

  const said: string[] = [];
  const answers = new Map<string, boolean>();
  const questions = asked(invitationId as string, device.deviceId, leaving as string, await latest());
  for (const [name, input] of Object.entries(questions)) {
    if (input === null) continue;
    said.push(await snapshots(invitationId as string));
    const answer = await call(page, name, input);
    answers.set(name, answer.ok);
    said.push(`${name}: ${JSON.stringify(answer)}`);
  }
  const all = said.join('\n');
  expect(secrets.filter(({ found }) => found(all)).map(({ what }) => what)).toEqual([]);
  for (const { what, planted, found } of secrets) {
    for (const [form, text] of Object.entries(planted))
      expect(found(`${all} ${text}`), `${what} as ${form}`).toBe(true);
  }
  // They were really asked, and answered where they can be.
  const answered = [
    'backups.save',
    'storage.read',
    'storage.compact',
    'devices.invite',
    'invitations.copy',
    'notes.search',
    'history.note',
    'spaces.leave',
  ];
  expect(answered.filter((name) => answers.get(name) !== true)).toEqual([]);
  expect(all).toContain('beans along the fence');
  expect(all).toContain('127.0.0.1:8883');
});

/** What every topic says first. */
function snapshots(invitationId: string): Promise<string> {
  const params = [
    {},
    { spaceId },
    { spaceId, noteId },
    { invitationId },
    { joiningId: invitationId },
    { fileJoinId: invitationId },
  ];
  return page.evaluate(
    async ({ names, params }) => {
      const { cove } = window as unknown as Hostile;
      const all: string[] = [];
      const stops = names.flatMap((name) =>
        params.map((one) => cove.subscribe(name, one, (snapshot) => all.push(JSON.stringify(snapshot)))),
      );
      for (let i = 0; i < 50 && all.length < stops.length; i++) await new Promise((go) => setTimeout(go, 20));
      for (const stop of stops) stop();
      return all.join('\n');
    },
    { names: Object.keys(topics), params },
  );
}

interface Secret {
  readonly what: string;
  readonly found: (text: string) => boolean;
  /** What has to be found. */
  readonly planted: Readonly<Record<string, string>>;
}

/** Everything that this profile has to keep to itself, as it may be written. */
async function secretsOf(): Promise<Secret[]> {
  await ready();
  const account = readFileSync(join(computer.dataDir, 'profile-id'), 'utf8').trim();
  const script = `import keytar from 'keytar'; process.stdout.write(await keytar.getPassword('cove', '${account}'));`;
  const args = ['--input-type=module', '-e', script];
  const kept = execFileSync(process.execPath, args, { cwd: ROOT, env: computer.env, encoding: 'utf8' });
  const { dms, entropy, bootId, dbUuid } = decodeItem(kept);
  const device = keys.deviceKeys(dms);
  const { root, backupKey, haloRecovery } = keys.rootFromEntropy(entropy as Uint8Array);
  const bytes = {
    dms,
    entropy: entropy as Uint8Array,
    bootId,
    'database key': keys.dbKey(dms, dbUuid),
    'signature key': device.sign.sk.subarray(0, 32),
    'Noise key': device.noise.sk,
    'box key': device.box.sk,
    'root key': root.sk.subarray(0, 32),
    backupKey,
    haloRecovery,
  };
  const words = phraseOf(entropy as Uint8Array);
  // Single words of the phrase are ordinary words; two of them side by side are not.
  const pairs = words.slice(1).map((word, i) => new RegExp(`${String(words[i])}\\W+${word}`));
  // Where the daily backups are is told on purpose: the person has to find them.
  const withoutBackups = (text: string) => text.replaceAll(JSON.stringify(join(computer.dataDir, 'backups')), '');
  return [
    ...Object.entries(bytes).map(([what, value]) => secret(what, forms(value))),
    secret('the keychain item', { text: kept }),
    secret('the account', { text: account }),
    secret('a password', { text: 'hunter2-of-ana' }),
    {
      what: 'the phrase',
      found: (text) => pairs.some((pair) => pair.test(text)),
      planted: { text: words.join(' '), list: JSON.stringify(words) },
    },
    {
      what: 'a path',
      found: (text) => withoutBackups(text).includes(computer.env['HOME'] as string),
      planted: { text: computer.dataDir },
    },
    ...['entropy', 'dms', 'secret', 'private'].map((word) => secret(word, { name: `"${word}` })),
  ];
}

function secret(what: string, planted: Readonly<Record<string, string>>): Secret {
  return { what, planted, found: (text) => Object.values(planted).some((form) => text.includes(form)) };
}

/** Bytes as they get into JSON: as text, as a list, and as a Uint8Array. */
function forms(bytes: Uint8Array): Record<string, string> {
  const text = (encoding: BufferEncoding) => Buffer.from(bytes).toString(encoding).replaceAll('=', '');
  return {
    hex: text('hex'),
    base64: text('base64'),
    base64url: text('base64url'),
    list: JSON.stringify([...bytes]).slice(1, -1),
    array: JSON.stringify(bytes).slice(1, -1),
  };
}
