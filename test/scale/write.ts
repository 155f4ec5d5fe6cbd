/**
 * `npm run scale`: plays and measures what docs/scale.md is made of, and writes its tables. `-- --only members`: what has
 * that in its name; the rest stays as it was. `-- --tables`: plays nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { FILE, readFigures } from './figures.ts';
import type { Figures } from './figures.ts';
import { CROWDS, growth } from './memory.ts';
import { ACCEPTS, PLANS, play, playReturn } from './plays.ts';
import { withTables } from './tables.ts';

const DOCUMENT = new URL('../../docs/scale.md', import.meta.url);

const { values } = parseArgs({ options: { only: { type: 'string' }, tables: { type: 'boolean', default: false } } });
const wanted = (name: string): boolean => !values.tables && name.includes(values.only ?? '');
await ready();
let figures = readFigures();
for (const name of Object.keys(PLANS).filter(wanted)) {
  const start = process.cpuUsage();
  keep({ plays: { ...figures.plays, [name]: await play(name) } });
  const { user, system } = process.cpuUsage(start);
  console.log(`${name}: ${((user + system) / 1_000_000).toFixed(0)} s of processor time`, figures.plays[name]);
}
if (wanted('returns')) {
  const returns = [];
  for (const accepts of ACCEPTS) returns.push({ accepts, ...(await playReturn(accepts)) });
  keep({ returns });
  console.log(returns);
}
if (wanted('memory')) {
  const memory = [];
  for (const crowd of CROWDS) memory.push({ ...crowd, bytes: Math.round(await growth(crowd)) });
  keep({ memory });
  console.log(memory);
}
writeFileSync(DOCUMENT, withTables(readFileSync(DOCUMENT, 'utf8'), figures));

/** At once: a run takes a while, and may be ended. */
function keep(found: Partial<Figures>): void {
  figures = { ...figures, ...found };
  writeFileSync(FILE, `${JSON.stringify(figures, undefined, 2)}\n`);
}
