/** Alice with a space, Bob who may manage it and Carol, on a device each; and what they agree on. */
import { expect } from 'vitest';
import { device, invite, note, person, sync } from './fixture.ts';
import type { Device } from './fixture.ts';
import type { Replica } from '../../../main/engine/echo/replica.ts';

export const ids = (space: Replica) => space.authority().members.map(({ identityId, role }) => [identityId, role]);

export function trio() {
  const people = ['alice', 'bob', 'carol'].map(person);
  const [alice, bob, carol] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
  const [a, b, c] = [device(alice, 'a'), device(bob, 'b'), device(carol, 'c')];
  const space = a.replicas.create();
  space.append(note('first'));
  const atB = invite(a, space, b, bob, 'admin');
  const atC = invite(a, space, c, carol);
  const all: [Device, Replica][] = [
    [a, space],
    [b, atB],
    [c, atC],
  ];
  return { a, b, c, space, atB, atC, all, alice, bob, carol };
}

export function settle(all: readonly [Device, Replica][]): void {
  for (let round = 0; round < 3; round++) {
    for (const [, x] of all) for (const [, y] of all) if (x !== y) sync(x, y);
  }
}

export function agreed(all: readonly [Device, Replica][]): string {
  const states = all.map(([owner, space]) => owner.sink.state(space));
  expect(new Set(states).size).toBe(1);
  const authorities = all.map(([, space]) => JSON.stringify(ids(space)));
  expect(new Set(authorities).size).toBe(1);
  return states[0] as string;
}
