/** What the windows are told of the notes of a space, and when these are counted. */
import { expect, test } from 'vitest';
import type { NotePage } from '../../../preload/contract/notes.ts';
import { CoveError } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import { noteSources } from './notes.ts';

const note = (n: number) => ({
  id: `${n}`,
  fields: { title: `Note ${n}` },
  excerpt: '',
  updatedAt: n,
  updatedBy: 'ana',
});

/** A space with so many notes; what is asked of it is written down. */
function spaceOf(notes: number) {
  const did: string[] = [];
  const totals: number[] = [];
  let change: () => void = () => undefined;
  const space = { notes, count: (): number => space.notes };
  const objects = {
    count: () => (did.push('counted'), space.count()),
    subscribe({ offset, limit }: { offset: number; limit: number }, fn: (found: readonly object[]) => void) {
      const rows = () => Array.from({ length: space.notes }, (_, n) => note(n)).slice(offset, offset + limit);
      change = () => fn(rows());
      change();
      return () => void did.push('stopped');
    },
  };
  const environment = { state: { client: { echo: { getSpace: () => ({ objects }) } } } } as unknown as Environment;
  const sources = noteSources(environment);
  const look = (offset: number) =>
    sources['notes.list']({ spaceId: 's', offset, limit: 100 }, (value) => {
      const { notes: rows, total } = value as NotePage;
      did.push(`${rows.length} shown`);
      totals.push(total);
    });
  return { space, did, totals, look, changed: () => change() };
}
const immediate = () => new Promise((resolve) => setImmediate(resolve));

test('the first page of a large space is shown before its notes are counted, and then they are counted with each change', async () => {
  const { space, did, totals, look, changed } = spaceOf(1_000);
  const stop = look(0);
  expect([did, totals]).toEqual([['100 shown'], [100]]);
  await immediate();
  expect([did, totals]).toEqual([
    ['100 shown', 'counted', '100 shown'],
    [100, 1_000],
  ]);
  space.notes++;
  changed();
  expect(totals).toEqual([100, 1_000, 1_001]);
  // Whoever has scrolled, and comes back, sees no shorter list.
  stop();
  look(300)();
  look(0)();
  expect(totals.slice(3)).toEqual([1_001, 1_001]);
});

test('where the page has the last of them they are not counted at all', async () => {
  const { did, totals, look } = spaceOf(130);
  look(100);
  await immediate();
  expect([did, totals]).toEqual([['30 shown'], [130]]);
  const empty = spaceOf(0);
  empty.look(0);
  await immediate();
  expect([empty.did, empty.totals]).toEqual([['0 shown'], [0]]);
});

test('whoever has looked elsewhere by then, or closed Cove, is told nothing', async () => {
  const left = spaceOf(1_000);
  left.look(0)();
  await immediate();
  expect(left.did).toEqual(['100 shown', 'stopped']);
  const closed = spaceOf(1_000);
  closed.look(0);
  closed.space.count = () => {
    throw new CoveError('closed');
  };
  await immediate();
  expect(closed.totals).toEqual([100]);
});
