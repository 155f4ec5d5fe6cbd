/** Ways in which files go bad. Each changes the files of one folder. */
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Prng } from '../../engine/net/prng.ts';

export interface Damage {
  readonly name: string;
  readonly apply: (folder: string, random: Prng) => void;
}

const PAGE = 4096;

const change = (name: string, fn: (bytes: Buffer, random: Prng) => Buffer | void) => (folder: string, random: Prng) => {
  const file = join(folder, name);
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  if (bytes.length > 0) writeFileSync(file, fn(bytes, random) ?? bytes);
};
const at = (bytes: Buffer, random: Prng): number => random.u32() % bytes.length;
const flip = (bytes: Buffer, random: Prng): void => {
  const place = at(bytes, random);
  bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << (random.u32() % 8)), place);
};
const noise = (bytes: Buffer, from: number, length: number, random: Prng): void => {
  bytes.set(random.bytes(Math.max(0, Math.min(length, bytes.length - from))), from);
};

export const DAMAGES: readonly Damage[] = [
  { name: 'one bit', apply: change('cove.db', flip) },
  {
    name: 'a bit in each of five pages',
    apply: change('cove.db', (bytes, random) => {
      for (let i = 0; i < 5; i++) flip(bytes, random);
    }),
  },
  {
    name: 'a page of zeros',
    apply: change('cove.db', (bytes, random) => {
      const page = Math.floor(at(bytes, random) / PAGE) * PAGE;
      bytes.fill(0, page, Math.min(bytes.length, page + PAGE));
    }),
  },
  {
    name: 'ten pages of zeros',
    apply: change('cove.db', (bytes, random) => {
      const page = Math.floor(at(bytes, random) / PAGE) * PAGE;
      bytes.fill(0, page, Math.min(bytes.length, page + 10 * PAGE));
    }),
  },
  {
    name: 'a sector of noise',
    apply: change('cove.db', (bytes, random) => noise(bytes, Math.floor(at(bytes, random) / 512) * 512, 512, random)),
  },
  { name: 'cut short', apply: (folder, random) => cut(join(folder, 'cove.db'), random) },
  { name: 'its first page is noise', apply: change('cove.db', (bytes, random) => noise(bytes, 0, PAGE, random)) },
  { name: 'noise', apply: change('cove.db', (bytes, random) => noise(bytes, 0, bytes.length, random)) },
  { name: 'empty', apply: (folder) => truncateSync(join(folder, 'cove.db'), 0) },
  { name: 'a text file', apply: change('cove.db', () => Buffer.from('Not a database.\n'.repeat(400))) },
  { name: 'a bit of the write-ahead log', apply: change('cove.db-wal', flip) },
  { name: 'the write-ahead log cut short', apply: (folder, random) => cut(join(folder, 'cove.db-wal'), random) },
  { name: 'no write-ahead log', apply: (folder) => rmSync(join(folder, 'cove.db-wal'), { force: true }) },
  {
    name: 'the write-ahead log is noise',
    apply: change('cove.db-wal', (bytes, random) => noise(bytes, 0, bytes.length, random)),
  },
  {
    name: 'no key check, and one bit',
    apply: (folder, random) => {
      rmSync(join(folder, 'cove.db.key-check'), { force: true });
      change('cove.db', flip)(folder, random);
    },
  },
];

function cut(file: string, random: Prng): void {
  if (existsSync(file)) truncateSync(file, random.u32() % readFileSync(file).length);
}
