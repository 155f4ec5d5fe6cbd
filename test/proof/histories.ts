/**
 * Random histories of a space's authority (protocol §5.3) and what must hold in each: up to three owners, one of them
 * with two devices that do not know of each other, backdating members, merges in any pattern. A seed is a history.
 */
import type { Bits } from '../../main/engine/echo/bits.ts';
import { Reducer } from '../../main/engine/echo/reducer.ts';
import type { Grantable, Operation } from '../../main/engine/echo/reducer.ts';

const IDENTITIES = ['A', 'B', 'C', 'D'];

interface Step {
  readonly by: string;
  readonly kind: Operation['kind'];
  readonly target: string;
  readonly role?: Grantable;
  /** Places of its past in the history. */
  readonly past: ReadonlySet<number>;
}
export interface History {
  readonly owners: readonly string[];
  readonly steps: readonly Step[];
}

/** xorshift: the seed is the whole history. */
export function dice(seed: number): (n: number) => number {
  let x = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return (n) => {
    x ^= x << 13;
    x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % n;
  };
}

export function history(seed: number): History {
  const roll = dice(seed);
  const owners = ['O', 'P', 'Q'].slice(0, 1 + roll(3));
  const devices = [...owners, 'O2', ...IDENTITIES];
  const identity = (device: string): string => (device === 'O2' ? 'O' : device);
  const targets = [...owners, ...IDENTITIES];
  const steps: Step[] = [];
  const base: [string, Grantable][] = [
    ['A', 'admin'],
    ['B', 'admin'],
    ['C', 'editor'],
  ];
  for (const [target, role] of base) {
    steps.push({ by: 'O', kind: 'admit', target, role, past: new Set(steps.keys()) });
  }
  const views = new Map(devices.map((device) => [device, new Set(steps.keys())]));
  const own = new Map(devices.map((device) => [device, [] as number[]]));
  const length = 8 + roll(52);
  for (let i = 0; i < length; i++) {
    const device = devices[roll(devices.length)] as string;
    const view = views.get(device) as Set<number>;
    const what = (['admit', 'role', 'remove', 'leave', 'merge', 'merge'] as const)[roll(6)];
    if (what === 'merge' || what === undefined) {
      for (const at of views.get(devices[roll(devices.length)] as string) as Set<number>) view.add(at);
      continue;
    }
    let past = new Set(view);
    if (roll(3) === 0) {
      // Backdated: half of what he knows is left out, his own chain cannot be.
      const kept = [...view].filter(() => roll(2) === 0);
      past = new Set(base.keys());
      for (const at of [...kept, ...(own.get(device) as number[])]) {
        past.add(at);
        for (const before of (steps[at] as Step).past) past.add(before);
      }
    }
    const by = identity(device);
    const target = what === 'leave' ? by : (targets[roll(targets.length)] as string);
    const role = (['admin', 'editor', 'reader'] as const)[roll(3)] as Grantable;
    const at = steps.length;
    steps.push({ by, kind: what, target, past, ...((what === 'admit' || what === 'role') && { role }) });
    view.add(at);
    (own.get(device) as number[]).push(at);
  }
  return { owners, steps };
}

interface Outcome {
  readonly reducer: Reducer;
  /** By place in the history. */
  readonly operations: readonly Operation[];
  readonly valid: readonly number[];
  readonly roles: readonly (readonly [string, string | undefined])[];
}

/** Adds the steps in this causal order, to a reducer that may be one without a rule. */
export function reduce({ owners, steps }: History, order: readonly number[], Made = Reducer): Outcome {
  const reducer = new Made(owners, () => true);
  const index = new Map(order.map((at, i) => [at, i]));
  const operations: Operation[] = [];
  for (const at of order) {
    const { past, ...step } = steps[at] as Step;
    const bits: Bits = new Uint32Array((order.length >>> 5) + 1);
    for (const before of past) {
      const i = index.get(before) as number;
      bits[i >>> 5] = (bits[i >>> 5] as number) | (1 << (i & 31));
    }
    operations[at] = { ...step, index: index.get(at) as number, past: bits };
    reducer.add(operations[at]);
  }
  const valid = [...steps.keys()].filter((at) => reducer.isValid(operations[at] as Operation));
  const roles = [...owners, ...IDENTITIES].map((id) => [id, reducer.roleOf(id)] as const);
  return { reducer, operations, valid, roles };
}

/** Another order in which no step comes before its past. */
export function otherOrder({ steps }: History, roll: (n: number) => number): number[] {
  const order: number[] = [];
  const rest = new Set(steps.keys());
  while (rest.size > 0) {
    const free = [...rest].filter((at) => [...(steps[at] as Step).past].every((before) => !rest.has(before)));
    const next = free[roll(free.length)] as number;
    order.push(next);
    rest.delete(next);
  }
  return order;
}

const isDown = ({ kind, role }: Step): boolean => kind === 'remove' || (role !== undefined && role !== 'admin');
const isUp = ({ role }: Step): boolean => role === 'admin';

/** What is broken in the outcome; empty when nothing is. */
export function violations({ owners, steps }: History, { valid, roles, reducer, operations }: Outcome): string[] {
  const found: string[] = [];
  const counts = new Set(valid);
  const owner = new Set(owners);
  const role = new Map(roles);
  const all = steps.map((step, at) => ({ ...step, at, valid: counts.has(at), byOwner: owner.has(step.by) }));
  const good = all.filter((step) => step.valid);

  for (const id of owners) if (role.get(id) !== 'owner') found.push('an owner lost his role');
  for (const step of good) if (owner.has(step.target)) found.push('an owner was touched');
  for (const [id, is] of roles) {
    if (owner.has(id) || is === undefined) continue;
    if (is === 'admin' && !good.some((step) => step.byOwner && step.target === id && isUp(step))) {
      found.push('an admin whom no owner made one');
    }
    const ends = good.filter(({ kind, target }) => target === id && (kind === 'remove' || kind === 'leave'));
    const stands = good.some(
      (step) => step.kind === 'admit' && step.target === id && ends.every(({ at }) => step.past.has(at)),
    );
    if (!stands) found.push('a member without a standing admission');
  }
  // Strong removal and demotion, by any owner.
  for (const down of good) {
    if (!down.byOwner || !isDown(down)) continue;
    for (const step of good) {
      if (step.by !== down.target || step.kind === 'leave' || down.past.has(step.at)) continue;
      const restored = good.some(
        (up) => up.byOwner && isUp(up) && up.target === step.by && up.past.has(down.at) && step.past.has(up.at),
      );
      if (!step.past.has(down.at) || !restored) found.push('a removed admin still acts');
    }
  }
  for (const step of good) {
    if (step.byOwner) continue;
    const admitted = good.some(({ kind, target, at }) => kind === 'admit' && target === step.by && step.past.has(at));
    if (!admitted) found.push('somebody acts who was never admitted');
  }
  for (const id of IDENTITIES) {
    const byOwners = good.filter((step) => step.byOwner && step.target === id);
    const admitted = byOwners.filter(({ kind, role: granted }) => kind === 'admit' && granted === 'admin');
    const left = good.some((step) => step.kind === 'leave' && step.target === id);
    const removals = good.filter((step) => step.kind === 'remove' && step.target === id);
    const standing = removals.every(({ at }) => admitted.some((admit) => admit.past.has(at)));
    // Rule 5: whom owners only ever made an admin stays one.
    if (admitted.length > 0 && byOwners.every(isUp) && !left && standing && role.get(id) !== 'admin') {
      found.push('an admin was brought down by another');
    }
    for (const down of byOwners) {
      if (!isDown(down) || byOwners.some((up) => isUp(up) && up.past.has(down.at))) continue;
      if (role.get(id) === 'admin') found.push('contrary owners: the higher role won');
    }
  }
  for (const { at, byOwner, kind, role: made, target, past } of good) {
    if (!byOwner || kind !== 'role' || made !== 'admin') continue;
    const seen = [...past].sort((a, b) => a - b);
    const roleAfter = (order: readonly number[]) => reduce({ owners, steps }, order).reducer.roleOf(target);
    if (roleAfter(seen) !== undefined && roleAfter([...seen, at]) !== 'admin') found.push('a promotion cost a place');
  }
  // Nobody becomes untouchable: an admin in good standing can remove whom owners left below admin.
  for (const step of all) {
    if (step.valid || step.byOwner || step.kind !== 'remove' || owner.has(step.target) || step.target === step.by)
      continue;
    const past = (operations[step.at] as Operation).past;
    const target = reducer.roleOf(step.target, past);
    if (reducer.roleOf(step.by, past) !== 'admin' || target === 'admin' || target === undefined) continue;
    const seen = all.every(
      ({ byOwner, target: about, at }) =>
        !(byOwner && (about === step.target || about === step.by)) || step.past.has(at),
    );
    if (seen) found.push('somebody below admin cannot be removed');
  }
  return found;
}
