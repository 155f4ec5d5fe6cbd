/**
 * The built SDK on a Node below 22.14, which cannot load the SQLite that npm brings (docs/sdk.md): the machine's own one,
 * with what `npm run build` made for it and with nothing. Where no such Node is on the PATH, there is nothing to try it
 * on, and this says so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ROOT } from './documents.ts';
import { withSdk } from './programs.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Whether a profile is made, what is written in it, and what is there at the next start; or what was thrown by what. */
const PROGRAM = `import { Client, createPassphraseKeychain } from 'cove';
const folder = process.argv[2];
const keychain = createPassphraseKeychain({ file: folder + '/keys.json', passphrase: 'correct horse battery staple' });
const options = { dataDir: folder, bind: '127.0.0.1', meetingPoints: [], keychain };
let doing = 'initialize';
try {
  const first = new Client(options);
  await first.initialize();
  doing = 'createProfile';
  await first.halo.createProfile();
  const space = await first.echo.createSpace();
  await space.db.add({ type: 'task', title: 'Buy milk' });
  await first.destroy();
  const second = new Client(options);
  await second.initialize();
  const titles = second.echo.querySpaces().value.flatMap(({ db }) => db.query({ type: 'task' }).objects.map(({ title }) => title));
  await second.destroy();
  console.log(JSON.stringify({ titles }));
} catch (error) {
  console.log(JSON.stringify({ doing, type: error.type, message: error.message }));
}
`;

function run(node: string, before: readonly string[], cache: string | undefined): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'cove-old-node-'));
  folders.push(folder);
  const program = join(ROOT, 'out/documents/old-node.mjs');
  mkdirSync(join(ROOT, 'out/documents'), { recursive: true });
  writeFileSync(program, PROGRAM);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_CACHE_HOME: cache ?? process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  };
  delete env['COVE_SQLITE_BINDING'];
  const { stdout, stderr } = spawnSync(node, [...before, program, folder], { cwd: ROOT, env, encoding: 'utf8' });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout.trim());
}

const refusal = {
  doing: 'initialize',
  type: 'sqlite-missing',
  message: expect.stringContaining('Run “npm run build” with it') as unknown as string,
};

function oldNode(): string | undefined {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  return candidates.filter(existsSync).find((node) => {
    const { stdout } = spawnSync(node, ['-p', 'process.versions.napi'], { encoding: 'utf8' });
    return stdout.trim() !== '' && Number(stdout) < 10;
  });
}

withSdk();

test('a Node without the SQLite that it needs is told so before anything is made', () => {
  const pretend = "data:text/javascript,Object.defineProperty(process.versions,'napi',{value:'9'})";
  const empty = mkdtempSync(join(tmpdir(), 'cove-cache-'));
  folders.push(empty);
  if (process.platform === 'linux') expect(run(process.execPath, ['--import', pretend], empty)).toEqual(refusal);
  expect(run(process.execPath, [], empty), 'control: this Node needs none').toEqual({ titles: ['Buy milk'] });
});

const node = oldNode();
if (node === undefined) {
  process.stderr.write('There is no Node below 22.14 on the PATH: the SDK is not tried on one.\n');
} else {
  test('on the machine’s older Node the SDK works with what npm run build made, and says what is missing without', () => {
    // As `npm run build` does at its end, for the Node that npm runs on.
    const build = `import { sqliteForTheirNode } from '${join(ROOT, 'build/setup/sqlite.mjs')}'; sqliteForTheirNode();`;
    const env = { ...process.env, npm_node_execpath: node };
    const made = spawnSync(process.execPath, ['--input-type=module', '-e', build], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
    });
    expect(made.status, made.stderr).toBe(0);
    expect(run(node, [], undefined)).toEqual({ titles: ['Buy milk'] });
    const empty = mkdtempSync(join(tmpdir(), 'cove-cache-'));
    folders.push(empty);
    if (process.platform === 'linux') expect(run(node, [], empty)).toEqual(refusal);
  }, 300_000);
}
