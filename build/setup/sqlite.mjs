/**
 * Gives a SQLite that an older runtime can load. The prebuilt binary of better-sqlite3 needs Node-API 10 (Node 22.14,
 * Electron 35) and crashes the process below that, so for Node 20 and Electron 33 it is built once from the sources in
 * the package. When `process.versions.napi` is below 10, `native/sqlite` takes it from here or from where
 * COVE_SQLITE_BINDING says.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { cached, projectNode, readJson, root } from './project.mjs';
import { run, step } from './say.mjs';
import { installSystemPackages } from './system.mjs';

const packageFolder = join(root, 'node_modules/better-sqlite3');

/**
 * For the SDK on the Node that the person has: what runs this may be the project's own, which npm puts first on the PATH.
 */
export function sqliteForTheirNode() {
  const theirs = process.env.npm_node_execpath ?? process.execPath;
  const { stdout } = spawnSync(theirs, ['-p', 'process.versions.napi'], { encoding: 'utf8' });
  if (Number(stdout) < 10) compatibleSqlite();
}

/** Path of the binary for Node-API 9, built if the cache does not have it. */
export function compatibleSqlite() {
  const { version } = readJson('node_modules/better-sqlite3/package.json');
  const folder = cached(`better-sqlite3-${version}-${process.platform}-${process.arch}-napi9`, (unfinished) =>
    step(`building SQLite for this older runtime (once, about ${cpus().length > 2 ? 1 : 2} minutes) …`, () =>
      build(unfinished),
    ),
  );
  return join(folder, 'better_sqlite3.node');
}

function build(/** @type {string} */ folder) {
  installSystemPackages(['compiler']);
  const work = join(folder, 'work');
  cpSync(packageFolder, join(work, 'node_modules/better-sqlite3'), { recursive: true, dereference: true });
  cpSync(join(root, 'node_modules/node-addon-api'), join(work, 'node_modules/node-addon-api'), { recursive: true });
  const source = join(work, 'node_modules/better-sqlite3');
  const nodeGyp = join(root, 'node_modules/node-gyp/bin/node-gyp.js');
  const args = [nodeGyp, 'rebuild', '--release', '--force_build=1', `--jobs=${cpus().length}`, ...localHeaders()];
  // A plain NAPI_VERSION=9 build aborts at load: these keep the newer entry points off and finalizers deferred.
  const flags = '-UNAPI_VERSION -DNAPI_EXPERIMENTAL -DNODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT';
  run(projectNode, args, {
    cwd: source,
    env: { ...process.env, CXXFLAGS: `${process.env.CXXFLAGS ?? ''} ${flags}`.trim() },
    hint: 'SQLite could not be built: a C++ compiler, make and Python 3 are needed. Node 24 with a current Electron needs none of this.',
  });
  mkdirSync(folder, { recursive: true });
  cpSync(join(source, 'build/Release/better_sqlite3.node'), join(folder, 'better_sqlite3.node'));
  rmSync(work, { recursive: true });
}

/** Headers of a Node on this machine, which spare node-gyp a download. Any version will do: Node-API is stable. */
function localHeaders() {
  const prefixes = [dirname(dirname(process.execPath)), '/usr', '/usr/local'];
  const prefix = prefixes.find((path) => existsSync(join(path, 'include/node/node_api.h')));
  return prefix ? [`--nodedir=${prefix}`] : [];
}
