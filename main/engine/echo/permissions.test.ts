import { beforeAll, expect, test } from 'vitest';
import { ready } from '../crypto/sodium.ts';
import type { Bits } from './bits.ts';
import { manageable, mayInvite, mayNameMeetingPoints } from './permissions.ts';
import { Reducer } from './reducer.ts';
import type { Grantable, Operation } from './reducer.ts';
import { ROLES } from './replica.ts';
import type { Role } from './replica.ts';

beforeAll(ready);

/** Everything before an operation, as bits. */
const allBefore = (index: number): Bits => Uint32Array.of((1 << index) - 1);

/** Whether the reducer takes an operation of `actor` about `target`, after an owner gave both their roles. */
function counts(actor: Role, target: Role, kind: 'role' | 'remove' | 'admit', role?: Grantable): boolean {
  const owners = ['o', ...(actor === 'owner' ? ['a'] : []), ...(target === 'owner' ? ['t'] : [])];
  const reducer = new Reducer(owners, () => true);
  const grant = (index: number, who: string, given: Role): void => {
    if (given === 'owner') return;
    reducer.add({ kind: 'admit', by: 'o', target: who, role: given, index, past: allBefore(index) });
  };
  grant(0, 'a', actor);
  grant(1, 't', target);
  const asked: Operation = {
    kind,
    by: 'a',
    target: kind === 'admit' ? 'g' : 't',
    index: 2,
    past: allBefore(2),
    ...(role && { role }),
  };
  reducer.add(asked);
  return reducer.isValid(asked);
}

test('what is offered about a member is exactly what the reducer lets count', () => {
  const offered: string[] = [];
  const counted: string[] = [];
  for (const actor of ROLES) {
    for (const target of ROLES) {
      const may = manageable(actor, target, false);
      for (const role of ['keeper', 'reader', 'editor', 'admin'] as const) {
        if (role === target) continue;
        if (may.roles.includes(role)) offered.push(`${actor} makes ${target} ${role}`);
        if (counts(actor, target, 'role', role)) counted.push(`${actor} makes ${target} ${role}`);
      }
      if (may.remove) offered.push(`${actor} removes ${target}`);
      if (counts(actor, target, 'remove')) counted.push(`${actor} removes ${target}`);
    }
  }
  expect(offered).toEqual(counted);
  expect(offered).toHaveLength(16 + 9);
});

test('who may invite as what is exactly what the reducer lets count, and no role of another name', () => {
  const roles = ['keeper', 'reader', 'editor', 'admin'] as const;
  const pairs = ROLES.flatMap((actor) => roles.map((role) => [actor, role] as const));
  const offered = pairs.filter(([actor, role]) => mayInvite(actor, role));
  expect(offered).toEqual(pairs.filter(([actor, role]) => counts(actor, 'reader', 'admit', role)));
  expect(offered).toHaveLength(4 + 3);
  expect(mayInvite(undefined, 'reader')).toBe(false);
  for (const other of ['owner', 'everything']) expect(mayInvite('owner', other as 'reader')).toBe(false);
});

test('nobody is offered anything about oneself, and who is no member nothing at all', () => {
  expect(manageable('owner', 'editor', true)).toEqual({ roles: [], remove: false });
  expect(manageable(undefined, 'reader', false)).toEqual({ roles: [], remove: false });
});

test('who may name meeting points is exactly whose list the reducer lets hold', () => {
  const holds = ROLES.filter((role) => {
    const reducer = new Reducer(role === 'owner' ? ['o', 'a'] : ['o'], () => true);
    if (role !== 'owner') reducer.add({ kind: 'admit', by: 'o', target: 'a', role, index: 0, past: allBefore(0) });
    return reducer.isManagerAt('a', { index: 1, past: allBefore(1) });
  });
  expect(ROLES.filter(mayNameMeetingPoints)).toEqual(holds);
  expect(holds).toEqual(['admin', 'owner']);
});
