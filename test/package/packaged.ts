/** Makes the package once for the tests, and says where its parts are on each system. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const OUT = join(ROOT, 'out', 'package');

export interface Packaged {
  /** The folder that is installed. */
  readonly folder: string;
  readonly executable: string;
  readonly resources: string;
}

/** What electron-builder itself is made of: its schema, its YAML and archive readers. */
export const requireFromBuilder = createRequire(
  createRequire(import.meta.url).resolve('app-builder-lib/package.json', {
    paths: [createRequire(import.meta.url).resolve('electron-builder/package.json')],
  }),
);

export function makePackage(): Packaged {
  const args = [join(ROOT, 'build/package.mjs'), '--dir', `-c.directories.output=${OUT}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`packaging ended with ${status}:\n${stdout}\n${stderr}`);
  const name = readdirSync(OUT).find((entry) => /unpacked$|^mac/.test(entry)) ?? 'nothing';
  return partsOf(join(OUT, name));
}

export function partsOf(folder: string): Packaged {
  if (process.platform === 'darwin') {
    const contents = join(folder, 'Cove.app', 'Contents');
    return { folder, executable: join(contents, 'MacOS', 'Cove'), resources: join(contents, 'Resources') };
  }
  const executable = join(folder, process.platform === 'win32' ? 'Cove.exe' : 'cove');
  return { folder, executable, resources: join(folder, 'resources') };
}

/** electron-builder.yml as its own reader sees it. */
export function configuration(): { readonly electronFuses: Record<string, boolean> } {
  const yaml = requireFromBuilder('js-yaml') as { load(text: string): unknown };
  return yaml.load(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as ReturnType<typeof configuration>;
}

/** Paths of all files in a folder, relative to it. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
}
