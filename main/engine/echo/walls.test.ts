/** What another device's entries say of its clock, over real logs. */
import { beforeAll, expect, test } from 'vitest';
import { device, invite, note, person, sync } from '../../../test/engine/log/fixture.ts';
import { ready } from '../crypto/sodium.ts';
import { toHex } from '../bytes.ts';

beforeAll(ready);

const NOON = 1_700_000_000_000;
const HOUR = 3_600_000;
const at = (now: () => number) => ({ clock: { now, monotonic: () => 0, after: () => () => undefined } });

test('what a device wrote last, and the newest own entry that it had seen by then', () => {
  let [ours, theirs] = [NOON, NOON - HOUR];
  const [ana, ben] = [person('ana'), person('ben')];
  const a = device(
    ana,
    'a',
    undefined,
    at(() => ours),
  );
  const b = device(
    ben,
    'b',
    undefined,
    at(() => theirs),
  );
  const space = a.replicas.create();
  const joined = invite(a, space, b, ben);
  const walls = () => space.walls(toHex(b.deviceId));
  expect(walls()).toBeUndefined();
  sync(space, joined);
  // Behind: it stands on what was written here at noon.
  expect(walls()).toEqual({ last: NOON - HOUR, seen: NOON });
  ours += HOUR;
  theirs += HOUR;
  space.append(note('not seen there'));
  joined.append(note('written beside it'));
  sync(space, joined);
  expect(walls()).toEqual({ last: NOON, seen: NOON });
  theirs += 1;
  joined.append(note('after it'));
  sync(space, joined);
  expect(walls()).toEqual({ last: NOON + 1, seen: NOON + HOUR });
});
