import { beforeAll, expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { recoveryKeys } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { findOwnDevices, type RecoveryOptions } from './recovery.ts';

beforeAll(ready);

const DAY = 86_400_000;

test('a recovered device that waits for days for another one looks for it at the place of the present day', async () => {
  const net = new SimNet({ seed: 3 });
  const secret = new Uint8Array(32).fill(9);
  const { clock } = net.ports('ben');
  const topic = () => recoveryKeys(secret, Math.floor(clock.now() / DAY)).topic;
  const options = {
    parts: { ...net.ports('ben'), log: () => undefined },
    haloRecovery: () => secret.slice(),
    looking: new Set(),
  };
  // Nobody answers, so nothing else of them is read.
  const stop = findOwnDevices(options as unknown as RecoveryOptions, () => undefined);
  await net.run(10_000);
  net.setSkew('ben', 3 * DAY);
  await net.run(DAY / 24);
  const asked = net.published.length;
  await net.run(60_000);
  stop();
  const places = new Set(net.published.slice(asked).map((one) => one.topic));
  expect([...places]).toEqual([topic()]);
});
