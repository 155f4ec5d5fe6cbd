/**
 * Compiles the recorder of disk operations that the power-cut proof loads into SQLite, once per version of its source,
 * into the cache. As a program it prints the library's path: tests that run alone get it that way.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, root } from './project.mjs';
import { run } from './say.mjs';
import { installSystemPackages } from './system.mjs';

const source = join(root, 'test/proof/powercut/fault-vfs.c');
const headers = join(root, 'node_modules/better-sqlite3/deps/sqlite3');

function faultVfs() {
  const sum = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = cached(`fault-vfs-${process.platform}-${process.arch}-${sum}`, (unfinished) => {
    installSystemPackages(['recorder']);
    run('cc', [
      '-O2',
      '-shared',
      '-fPIC',
      '-Wall',
      '-Werror',
      `-I${headers}`,
      source,
      '-o',
      join(unfinished, 'fault-vfs.so'),
    ]);
  });
  return join(folder, 'fault-vfs.so');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(faultVfs());
