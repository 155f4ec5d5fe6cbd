/** What Cove is compared with: fetched once by `npm run bench:install` into the cache, and never a dependency of Cove. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Peer {
  /** The package that it is known by. */
  readonly name: string;
  readonly version: string;
  /** Where it is in the cache. */
  readonly folder: string;
  /** What is installed, each `name@version`. */
  readonly packages: readonly string[];
  /**
   * Packages among its dependencies that are replaced by a program, because they do not load here or are of no use here.
   * Only such as do none of the work that is measured.
   */
  readonly nothings?: Readonly<Record<string, string>>;
}

/** What a program of the peer has told, or a sentence that says why it has told nothing. */
export type Told<T> = { readonly told: T } | { readonly missing: string };

export const titleOf = ({ name, version }: Peer): string => `${name} ${version}`;

const CACHE = join(homedir(), '.cache', 'cove');
/** Seconds on a quiet machine, minutes on a busy one. */
const LONGEST_MS = 600_000;

export const folderOf = ({ folder }: Peer, cache = CACHE): string => join(cache, folder);

/** Why it cannot be compared with: it is not in the cache, or another version is. */
export function absent(peer: Peer, cache = CACHE): string | undefined {
  const description = join(folderOf(peer, cache), 'node_modules', peer.name, 'package.json');
  if (!existsSync(description)) return 'not installed (`npm run bench:install`)';
  const { version } = JSON.parse(readFileSync(description, 'utf8')) as { version: string };
  return version === peer.version
    ? undefined
    : `${version} is installed, not ${peer.version} (\`npm run bench:install\`)`;
}

/**
 * Runs a program, an ES module that finds the peer's packages, in a process of its own. Its arguments are
 * `process.argv.slice(1)`; what it gives to `tell` is what it has told.
 */
export function run<T>(peer: Peer, program: string, args: readonly string[], cache = CACHE): Told<T> {
  const missing = absent(peer, cache);
  if (missing !== undefined) return { missing };
  const told = `const tell = (what) => console.log('told ' + JSON.stringify(what));\n`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', told + program, '--', ...args],
    { cwd: folderOf(peer, cache), encoding: 'utf8', timeout: LONGEST_MS },
  );
  const line = /^told (.+)$/m.exec(stdout)?.[1];
  if (line !== undefined) return { told: JSON.parse(line) as T };
  const reason = /^\w*Error.*$/m.exec(stderr)?.[0] ?? 'it did not finish';
  return { missing: `${titleOf(peer)} did not run: ${reason}` };
}

/** Fetches it. Nothing's scripts are run. */
export function install(peer: Peer): boolean {
  const folder = folderOf(peer);
  const nothings: Record<string, string> = {};
  mkdirSync(folder, { recursive: true });
  for (const [name, program] of Object.entries(peer.nothings ?? {})) {
    const place = join(folder, 'nothing', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }));
    writeFileSync(join(place, 'index.js'), program);
    nothings[name] = `file:./nothing/${name}`;
  }
  const description = { private: true, type: 'module', dependencies: nothings, overrides: nothings };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description));
  // Peer dependencies are what it can be shown with, and none of them is.
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact', '--legacy-peer-deps'];
  spawnSync('npm', ['install', ...options, ...peer.packages], { cwd: folder, stdio: 'inherit' });
  return absent(peer) === undefined;
}
