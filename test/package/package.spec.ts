/** The packaged app: what is in it, what it refuses, and that it runs. */
import { spawn } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { flipFuses, FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { expect, test } from '@playwright/test';
import { saveBackup } from '../desktop/backup.ts';
import { makeComputer, type Computer } from '../desktop/computer.ts';
import { startCove, untilAnswered } from '../desktop/cove.ts';
import { Person } from '../desktop/person.ts';
import { configuration, filesIn, makePackage, partsOf, requireFromBuilder, ROOT, type Packaged } from './packaged.ts';

/** electron-builder's names for the fuses. */
const FUSES: Record<string, FuseV1Options> = {
  runAsNode: FuseV1Options.RunAsNode,
  enableCookieEncryption: FuseV1Options.EnableCookieEncryption,
  enableNodeOptionsEnvironmentVariable: FuseV1Options.EnableNodeOptionsEnvironmentVariable,
  enableNodeCliInspectArguments: FuseV1Options.EnableNodeCliInspectArguments,
  enableEmbeddedAsarIntegrityValidation: FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
  onlyLoadAppFromAsar: FuseV1Options.OnlyLoadAppFromAsar,
  loadBrowserProcessSpecificV8Snapshot: FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
  grantFileProtocolExtraPrivileges: FuseV1Options.GrantFileProtocolExtraPrivileges,
};

/** Everything that may be in the archive. */
const CONTENTS = [
  /^package\.json$/,
  /^LICENSE$/,
  /^out\/(main|renderer)\/licenses\.md$/,
  /^out\/main\/[\w.-]+\.cjs$/,
  /^out\/preload\/(index|phrase)\.cjs$/,
  /^out\/renderer\/(index|phrase)\.html$/,
  /^out\/renderer\/assets\/[\w.-]+\.(js|css|woff2|svg|png)$/,
  /^node_modules\/better-sqlite3\/(package\.json|LICENSE|lib\/[\w/-]+\.js|prebuilds\/[\w-]+\.node)$/,
  /^node_modules\/keytar\/(package\.json|LICENSE\.md|lib\/keytar\.js|prebuilds\/[\w-]+\/keytar\.node)$/,
  /^node_modules\/node-datachannel\/(package\.json|LICENSE|dist\/cjs\/[\w/-]+\.cjs)$/,
  /^node_modules\/@node-datachannel\/[\w-]+\/(package\.json|LICENSE|node_datachannel\.node)$/,
  /^node_modules\/detect-libc\/(package\.json|LICENSE|lib\/[\w-]+\.js)$/,
];

let packaged: Packaged;

test.beforeAll(() => {
  packaged = makePackage();
});

test('electron-builder.yml fits the schema of electron-builder, which refuses a misspelt key', () => {
  const Ajv = (requireFromBuilder('ajv') as { default: new (options: object) => AjvLike }).default;
  const validate = new Ajv({ strict: false, allErrors: true }).compile(requireFromBuilder('./scheme.json') as object);
  expect(validate(configuration()), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...configuration(), electronFusses: {} })).toBe(false);
  expect(validate({ ...configuration(), electronFuses: { runAsNode: 'no' } })).toBe(false);
});

test('the fuses of the executable are the ones written out, and none is left out', async () => {
  const wire = await getCurrentFuseWire(packaged.executable);
  const written = Object.entries(configuration().electronFuses);
  const found = written.map(([name]) => [name, wire[FUSES[name] as FuseV1Options] === FuseState.ENABLE]);
  expect(found).toEqual(written);
  expect(Object.keys(configuration().electronFuses).sort()).toEqual(Object.keys(FUSES).sort());
});

test('the archive holds the bundles and the native modules: no source, test, map or secret', () => {
  const asar = requireFromBuilder('@electron/asar') as AsarLike;
  const archive = join(packaged.resources, 'app.asar');
  const entries = asar.listPackage(archive, { isPack: false }).map((path) => path.replaceAll('\\', '/').slice(1));
  const files = entries.filter((path) => !entries.some((other) => other.startsWith(`${path}/`)));
  expect(files.filter((path) => !CONTENTS.some((allowed) => allowed.test(path)))).toEqual([]);
  for (const needed of ['out/main/index.cjs', 'out/preload/index.cjs', 'out/renderer/index.html', 'package.json']) {
    expect(files).toContain(needed);
  }
  // What is bundled goes out with its licence: the fonts are in the windows' list, the engine's libraries in the other.
  const licences = ['renderer', 'main'].map((part) =>
    asar.extractFile(archive, join('out', part, 'licenses.md')).toString(),
  );
  expect(licences).toEqual([expect.stringContaining('SIL OPEN FONT LICENSE'), expect.stringContaining('yjs')]);
  expect(files).toContain('LICENSE');
  expect(filesIn(packaged.resources).filter((path) => !/^app\.asar(\.unpacked\/.*)?$/.test(path))).toEqual([]);

  // A path of the machine it was built on, or a private key, has no place in what is handed out.
  const text = readFileSync(archive, 'latin1');
  expect(text.includes(`${ROOT}/`)).toBe(false);
  expect(/-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}/.test(text)).toBe(false);
});

test('nobody but the owner may write into the package, and only programs and libraries can be executed', () => {
  // Windows keeps permissions elsewhere: lists of rights, inherited from the folder it is installed into.
  if (process.platform === 'win32') return;
  const modes = filesIn(packaged.folder).map((path) => ({ path, stat: lstatSync(join(packaged.folder, path)) }));
  const writable = modes.filter(({ stat }) => !stat.isSymbolicLink() && (stat.mode & 0o022) !== 0);
  expect(writable.map(({ path }) => path)).toEqual([]);
  const privileged = modes.filter(({ stat }) => (stat.mode & 0o6000) !== 0);
  expect(privileged.map(({ path }) => path)).toEqual([]);
  const executable = modes.filter(({ stat }) => stat.isFile() && (stat.mode & 0o111) !== 0).map(({ path }) => path);
  const programs =
    /^(cove|chrome-sandbox|chrome_crashpad_handler|[\w.-]+\.so(\.\d)?|.*\.(node|dylib))$|\.app\/|\.framework\//;
  expect(executable.filter((path) => !programs.test(path))).toEqual([]);
});

test('what ships can be turned neither into a plain Node nor into a debuggee', async () => {
  const computer = await makeComputer('refusing');
  const flags = (process.env['COVE_ELECTRON_ARGS'] ?? '').split(' ').filter((flag) => flag !== '');
  const script = "process.stdout.write('a plain ' + 'Node')";
  const app = spawn(packaged.executable, ['--inspect=127.0.0.1:0', ...flags, '-e', script], {
    env: { ...computer.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--trace-warnings --require=/nowhere.cjs' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  app.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  app.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => app.on('exit', resolve));
  // Long enough for it to come up as Cove; as a plain Node it would have ended by itself.
  const early = await Promise.race([exited, new Promise<'running'>((resolve) => setTimeout(resolve, 5000, 'running'))]);
  app.kill('SIGKILL');
  await exited;
  await computer.remove();
  expect(output).not.toContain('a plain Node');
  expect(output).not.toContain('Debugger listening');
  expect(output).not.toContain('nowhere.cjs');
  expect(early).toBe('running');
});

test('the packaged app keeps an identity, a space and a note, and lets somebody else into it', async () => {
  // Playwright drives Electron through the inspector, which what ships refuses: a copy differs in that one fuse.
  const folder = join(ROOT, 'out', 'package-driven');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(packaged.folder, folder, { recursive: true, verbatimSymlinks: true });
  const driven = partsOf(folder);
  await flipFuses(driven.executable, {
    version: FuseVersion.V1,
    resetAdHocDarwinSignature: process.platform === 'darwin',
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });

  const computers = [await makeComputer('packaged'), await makeComputer('invited')] as const;
  const start = (computer: Computer) => startCove(computer, { executable: driven.executable, packaged: true });
  try {
    const first = await start(computers[0]);
    expect(await untilAnswered(() => first.app.evaluate(({ app }) => app.isPackaged))).toBe(true);
    const ana = new Person('Ana', first.window);
    await ana.introduce();
    await ana.createSpace('Garden');
    await ana.writeNote('What to plant', 'tomatoes and beans');
    await ana.sees('tomatoes and beans');

    const other = await start(computers[1]);
    const ben = new Person('Ben', other.window);
    await ben.introduce();
    await ben.pasteCode(await ana.invite());
    await ben.typeDigits(await ana.digits());
    await ben.joined('Garden');
    await ana.closeInvitation();
    await ben.openNote('What to plant');
    await ben.typeAfter('beans', ' and peas');
    await ana.sees('tomatoes and beans and peas');
    await saveBackup(first, join(computers[0].dataDir, 'ana.backup'));
    expect([first.complaints, other.complaints]).toEqual([[], []]);
    await other.quit();
    await first.quit();

    const second = await start(computers[0]);
    const again = new Person('Ana', second.window);
    await again.space('Garden').click();
    await again.openNote('What to plant');
    await again.sees('tomatoes and beans and peas');
    await second.quit();
  } finally {
    for (const computer of computers) await computer.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});

interface AjvLike {
  compile(schema: object): ((value: unknown) => boolean) & { readonly errors?: unknown };
}

interface AsarLike {
  listPackage(archive: string, options: { isPack: boolean }): string[];
  extractFile(archive: string, path: string): Buffer;
}
