import { expect, test } from 'vitest';
import type { Proven } from './handshake.ts';
import type { LinkKind } from './link-kind.ts';
import { Links } from './links.ts';
import type { Session } from './session.ts';

const instance = (n: number) => new Uint8Array(8).fill(n);
/** What is asked of a session here, and of who proves himself. */
const session = (kind: LinkKind, side: 'dialer' | 'listener', overdue = false) =>
  ({ device: 'bb', kind, side, overdue, peer: { instance: instance(1) } }) as unknown as Session;
const proven = (n: number) => ({ instance: instance(n) }) as unknown as Proven;

test('a better connection takes the place of one through a meeting point, and never the other way round', () => {
  for (const self of ['aa', 'cc']) {
    const links = new Links(self);
    for (const before of ['dialer', 'listener'] as const) {
      for (const after of ['dialer', 'listener'] as const) {
        for (const good of ['lan', 'direct'] as const) {
          expect(links.replaces(session('relayed', before), proven(1), after, good)).toBe(true);
          expect(links.replaces(session(good, before), proven(1), after, 'relayed')).toBe(false);
          // Its process has ended since.
          expect(links.replaces(session(good, before), proven(2), after, 'relayed')).toBe(true);
        }
      }
    }
  }
});

test('of two connections of a kind both sides keep the one dialled by the lower device id', () => {
  for (const kind of ['direct', 'relayed'] as const) {
    const [lower, higher] = [new Links('aa'), new Links('cc')];
    expect(lower.replaces(session(kind, 'listener'), proven(1), 'dialer', kind)).toBe(true);
    expect(lower.replaces(session(kind, 'dialer'), proven(1), 'listener', kind)).toBe(false);
    expect(higher.replaces(session(kind, 'dialer'), proven(1), 'listener', kind)).toBe(true);
    expect(higher.replaces(session(kind, 'listener'), proven(1), 'dialer', kind)).toBe(false);
  }
});

test('who does not answer and connects again has lost the session that is still here, whoever dialled it', () => {
  for (const self of ['aa', 'cc']) {
    for (const side of ['dialer', 'listener'] as const) {
      for (const before of ['dialer', 'listener'] as const) {
        expect(new Links(self).replaces(session('relayed', before, true), proven(1), side, 'relayed')).toBe(true);
      }
    }
  }
});

test('of one who is connected through a meeting point something better is still looked for', () => {
  const links = new Links('aa');
  links.add(session('relayed', 'dialer'));
  expect([links.well('bb'), links.relayedBefore('bb')]).toEqual([false, true]);
  const direct = session('direct', 'dialer');
  links.add(direct);
  expect([links.well('bb'), links.relayedBefore('bb'), links.remove(direct), links.remove(direct)]).toEqual([
    ...[true, false, true, false],
  ]);
});
