/**
 * Random histories of one person's devices (protocol §5.1) and what must hold in each: a root, six devices that admit and
 * revoke one another, some before anybody has admitted them, and that leave out of their past what they like. Without
 * signatures: those are the matter of chain.test.ts. A seed is a history.
 */
import { toHex } from '../../main/engine/bytes.ts';
import { CERT_KIND } from '../../main/engine/halo/cert.ts';
import type { Certificate } from '../../main/engine/halo/cert.ts';
import type { IdentityState, judge, ordered } from '../../main/engine/halo/chain.ts';
import { dice } from './histories.ts';

/** The parts of chain.ts that judge, or a copy of them with a rule removed. */
export interface Judge {
  readonly judge: typeof judge;
  readonly ordered: typeof ordered;
}
export interface DeviceStep {
  readonly kind: 'genesis' | 'admit' | 'revoke' | 'profile';
  /** Keys; the root's is ROOT. */
  readonly by: number;
  readonly target: number;
  /** Places of everything before it. */
  readonly past: ReadonlySet<number>;
  readonly cert: Certificate;
}

const ROOT = 0xee;
const DEVICES = 6;
const key = (of: number): Uint8Array => new Uint8Array(32).fill(of);
const nothing = new Uint8Array(0);

export function deviceHistory(seed: number): readonly DeviceStep[] {
  const roll = dice(seed);
  const steps: DeviceStep[] = [];
  const add = (kind: DeviceStep['kind'], by: number, target: number, past: ReadonlySet<number>): void => {
    const heads = [...past].filter((at) => ![...past].some((other) => (steps[other] as DeviceStep).past.has(at)));
    const hash = Uint8Array.from({ length: 32 }, () => roll(256));
    const common = { bytes: nothing, body: nothing, signature: nothing, hash, by: key(by) };
    const prev = heads.map((at) => (steps[at] as DeviceStep).cert.hash);
    const device = { deviceId: key(target), noisePk: key(target), boxPk: key(target), name: '', pop: nothing };
    const certs: Record<DeviceStep['kind'], Certificate> = {
      genesis: { ...common, prev, kind: CERT_KIND.genesis, rootPk: key(ROOT) },
      admit: { ...common, prev, kind: CERT_KIND.admit, ...device },
      revoke: { ...common, prev, kind: CERT_KIND.revoke, deviceId: key(target) },
      profile: { ...common, prev, kind: CERT_KIND.profile, name: `${by} ${steps.length}`, avatar: '' },
    };
    steps.push({ kind, by, target, past, cert: certs[kind] });
  };
  add('genesis', ROOT, ROOT, new Set());
  add('admit', ROOT, 1, new Set([0]));
  const views = new Map([ROOT, 1, 2, 3, 4, 5, 6].map((of) => [of, new Set([0, 1])]));
  const everybody = [...views.keys()];
  const length = 6 + roll(20);
  for (let i = 0; i < length; i++) {
    const by = everybody[roll(everybody.length)] as number;
    const view = views.get(by) as Set<number>;
    const what = (['admit', 'admit', 'revoke', 'profile', 'meet', 'meet', 'meet'] as const)[roll(7)];
    if (what === 'meet' || what === undefined) {
      for (const at of views.get(everybody[roll(everybody.length)] as number) as Set<number>) view.add(at);
      continue;
    }
    let past: ReadonlySet<number> = new Set(view);
    if (roll(3) === 0) past = closed(steps, [0, ...[...view].filter(() => roll(2) === 0)]);
    const at = steps.length;
    add(what, by, 1 + roll(DEVICES), past);
    view.add(at);
  }
  return steps;
}

function closed(steps: readonly DeviceStep[], some: readonly number[]): Set<number> {
  return new Set(some.flatMap((at) => [at, ...(steps[at] as DeviceStep).past]));
}

export function judged({ judge, ordered }: Judge, certs: readonly Certificate[]): IdentityState {
  const nodes = ordered(certs);
  if (!nodes) throw new Error('a history with a gap');
  return judge(nodes, key(0), key(ROOT));
}

/** What the state says, in a form that can be compared. */
export function sayings({ devices, profile, heads }: IdentityState): string {
  const all = [...devices].map(([id, { revoked, depth }]) => `${id.slice(0, 2)} ${revoked} ${depth}`);
  return [...all, profile.name, ...heads.map((head) => toHex(head.subarray(0, 4)))].join('\n');
}

/** What is broken in the state; empty when nothing is. */
export function deviceViolations(steps: readonly DeviceStep[], { devices }: IdentityState): string[] {
  const found: string[] = [];
  const known = (of: number) => devices.get(toHex(key(of)));
  const about = (kind: DeviceStep['kind'], target: number): DeviceStep[] =>
    steps.filter((step) => step.kind === kind && step.target === target);
  const admittedBefore = (of: number, step: DeviceStep): boolean =>
    steps.some(({ kind, target }, at) => kind === 'admit' && target === of && step.past.has(at));
  for (let of = 1; of <= DEVICES; of++) {
    const device = known(of);
    if (!device) continue;
    const admits = about('admit', of);
    const revokes = about('revoke', of);
    const proper = admits.filter(({ by }) => by === ROOT || (by !== of && known(by)));
    if (!proper.some((step) => step.by === ROOT || admittedBefore(step.by, step))) {
      found.push('a device that nobody admitted');
    }
    if (revokes.some(({ by }) => by === ROOT) && !device.revoked) found.push('the root revoked in vain');
    const seniors = revokes.filter(({ by }) => {
      const author = known(by);
      if (by === ROOT || by === of) return true;
      return author && (author.depth < device.depth || (author.depth === device.depth && before(author, device)));
    });
    if (device.revoked && seniors.length === 0) found.push('a junior revoked his senior');
    // Whoever a revoked device let in afterwards is in only if somebody else let him in as well.
    const cutOff = (step: DeviceStep): boolean =>
      about('revoke', step.by).some((end) => end.by === ROOT && !end.past.has(steps.indexOf(step)));
    if (proper.every(cutOff)) found.push('a revoked device still lets others in');
  }
  return found;
}

const before = (a: { hash: Uint8Array }, b: { hash: Uint8Array }): boolean => toHex(a.hash) < toHex(b.hash);
