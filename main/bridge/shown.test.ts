/** Titles and names that another member's Cove made too long, or of characters that nobody can type. */
import { expect, test } from 'vitest';
import type { Snapshot } from '../../preload/contract/index.ts';
import { spaceOperations } from '../../preload/contract/spaces.ts';
import type { Environment } from './environment.ts';
import { spaceHandlers } from './handlers/spaces.ts';
import { person } from './person.ts';
import { shown } from './shown.ts';
import { noteSources } from './sources/notes.ts';
import { spaceSources } from './sources/spaces.ts';

/** One space as far as its list, its notes and its end look at it. */
function spaceCalled(name: string, title: string) {
  const heard = { deleted: false };
  const note = { id: 'n', type: 'note', deleted: false, fields: { title }, updatedAt: 0, updatedBy: '', excerpt: '' };
  const quiet = () => () => undefined;
  const objects = {
    subscribe: (_query: unknown, fn: (found: readonly unknown[]) => void) => (fn([note]), () => undefined),
    count: () => 1,
  };
  const space = {
    ...{
      key: 's',
      name,
      objects,
      members: [],
      role: 'owner',
      ending: undefined,
      stranded: false,
      full: false,
      unknown: false,
    },
    ...{ holders: () => [], deleteForEveryone: () => (heard.deleted = true) },
  };
  const echo = { spaces: [space], getSpace: () => space, onChange: quiet };
  const client = { echo, mesh: { offline: false, onChange: quiet }, halo: { profile: undefined, onChange: quiet } };
  const environment = { state: { client } } as unknown as Environment; // what these read of it
  let list: Snapshot<'spaces.list'> = [];
  spaceSources(environment)['spaces.list']({}, (now) => (list = now))();
  let notes: Snapshot<'notes.list'> | undefined;
  noteSources(environment)['notes.list']({ spaceId: 's', offset: 0, limit: 1 }, (now) => (notes = now))();
  /** What the box takes of it, and the contract. */
  const end = (typed: string) => {
    const name = typed.replace(/[\r\n]/g, '');
    const input = spaceOperations['spaces.deleteForEveryone'].input.parse({ spaceId: 'f'.repeat(64), name });
    return spaceHandlers(environment)['spaces.deleteForEveryone'](input, {} as never);
  };
  return { name: list[0]?.name ?? '', title: notes?.notes[0]?.title ?? '', end, heard };
}

test('a title and a name reach a window as one line of two hundred characters at most', () => {
  const { name, title } = spaceCalled(`Garden\n\0${'x'.repeat(250_000)}`, `\u2028${'y'.repeat(250_000)}`);
  expect([name.length, title.length]).toEqual([200, 200]);
  expect(name.slice(0, 8)).toBe('Garden x');
  expect(shown(`${'a'.repeat(199)}🌿`)).toBe('a'.repeat(199));
});

test('no character of a name turns round the sentence that it stands in', () => {
  expect(shown('Garden\u202Eevil')).toBe('Gardenevil');
  expect(person('a'.repeat(64), '\u2067\u202DAda\u2069', 'ada').name).toBe('Ada');
  expect(person('a'.repeat(64), 'נועה', 'noa').name).toBe('נועה');
});

test('an owner ends a space by typing the name that is shown, whatever a member made of it', () => {
  for (const made of [`Garden\n\t`, `\u0007${'x'.repeat(300)}`, 'Garden\u2029plan']) {
    const { name, end, heard } = spaceCalled(made, '');
    expect(() => end('Another name')).toThrow();
    end(name);
    expect(heard.deleted, JSON.stringify(made)).toBe(true);
  }
});
