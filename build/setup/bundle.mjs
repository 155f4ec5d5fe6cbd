/**
 * Builds the app and the SDK into out/, each only if something it is made from has changed: the stamp beside the
 * result holds a hash over the contents of all inputs. A result is made under another name and moved into place.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectEnvironment, projectNode, root } from './project.mjs';
import { run, step } from './say.mjs';

/** @typedef {{ what: string, inputs: readonly string[], outputs: readonly string[], make: (folder: string) => void }} Product */

const settings = ['package.json', 'package-lock.json', 'tsconfig.base.json'];

/** The app's three parts, in out/main, out/preload and out/renderer. @type {Product} */
const app = {
  what: 'building the app (about 15 seconds) …',
  inputs: [...settings, 'electron.vite.config.ts', 'main', 'native', 'preload', 'renderer'],
  outputs: ['main', 'preload', 'renderer'],
  make: (folder) => tool('electron-vite/bin/electron-vite.js', ['build', '--outDir', folder, '--logLevel', 'warn']),
};

/** The package's library for plain Node with its types, in out/sdk. @type {Product} */
const sdk = {
  what: 'building the SDK (about 10 seconds) …',
  inputs: [
    ...settings,
    'tsconfig.sdk.json',
    'build/sdk.vite.config.ts',
    'main',
    'native',
    'preload',
    'renderer/messages',
  ],
  outputs: ['sdk'],
  make: (folder) => {
    const out = join(folder, 'sdk');
    tool('vite/bin/vite.js', ['build', '--config', 'build/sdk.vite.config.ts', '--outDir', out, '--logLevel', 'warn']);
    tool('typescript/bin/tsc', ['--project', 'tsconfig.sdk.json', '--outDir', out]);
  },
};

export function buildApp() {
  build('app', app);
}

export function buildSdk() {
  build('sdk', sdk);
}

/** @param {string} name @param {Product} product */
function build(name, { what, inputs, outputs, make }) {
  const out = join(root, 'out');
  const stamp = join(out, `.${name}.stamp`);
  const wanted = hash(inputs);
  const isPresent = () => outputs.every((output) => existsSync(join(out, output))) && textOf(stamp) === wanted;
  if (isPresent()) return;
  const unfinished = join(out, `.unfinished-${name}-${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true }); // of a build with the same number that was ended
  mkdirSync(unfinished, { recursive: true });
  try {
    step(what, () => make(unfinished));
    // Another build has put the same there meanwhile, and programs that run from it read on in it.
    if (isPresent()) return;
    rmSync(stamp, { force: true });
    for (const output of outputs) {
      replace(join(unfinished, output), join(out, output), join(unfinished, `old-${output}`));
    }
    writeFileSync(stamp, wanted);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/**
 * Moves a finished folder into place; another build may be doing the same, and the last one wins. What was there is put
 * aside first: taken away where it stands, it would be half gone while somebody reads it.
 * @param {string} finished @param {string} target @param {string} aside a name that nobody else uses
 */
export function replace(finished, target, aside) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      renameSync(target, aside);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && (!TAKEN.has(codeOf(error)) || attempt === MOVES)) throw error;
    }
    rmSync(aside, { recursive: true, force: true });
    try {
      renameSync(finished, target);
      return;
    } catch (error) {
      // Somebody else has put theirs there in between.
      if (!TAKEN.has(codeOf(error)) || attempt === MOVES) throw error;
    }
  }
}

/** undefined: there is none. */
function textOf(/** @type {string} */ file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

/** As the systems say that a folder is there, or is just being moved. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES']);
/** More than there are builds at once. */
const MOVES = 50;

const codeOf = (/** @type {unknown} */ error) => String(/** @type {NodeJS.ErrnoException} */ (error).code);

/** @param {string} path @param {readonly string[]} args */
function tool(path, args) {
  run(projectNode, [join(root, 'node_modules', path), ...args], {
    cwd: root,
    env: projectEnvironment({ NO_COLOR: '1', FORCE_COLOR: undefined }),
  });
}

/** One hash over names and contents of the files and folders; tests do not count, they are in no bundle. */
function hash(/** @type {readonly string[]} */ inputs) {
  const sum = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(`${path}/${name}`);
    } else if (!path.endsWith('.test.ts')) {
      const content = createHash('sha256').update(readFileSync(full)).digest('hex');
      sum.update(`${path}\n${content}\n`);
    }
  };
  inputs.forEach(add);
  return sum.digest('hex');
}
