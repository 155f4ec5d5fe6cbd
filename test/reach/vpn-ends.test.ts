/** A VPN that carries everything, until it ends: what went by it has to go by the network that is left. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Computer } from './lab.ts';
import { answered, passes, stop } from './people.ts';
import { staging } from './stage.ts';
import { twoHomes } from './two-homes.ts';

const stage = staging();

function ip({ inside }: Computer, ...words: readonly string[]): void {
  const [program = '', ...before] = inside;
  const { status, stderr } = spawnSync(program, [...before, 'ip', ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Answers what ends it, from one moment to the next. */
async function throughAVpn(computer: Computer): Promise<() => void> {
  const { lab } = stage;
  lab.network('tunnel');
  const end = await lab.computer('vpn');
  lab.connect(end, 'tunnel', '10.8.0.1/24');
  const { device } = lab.connect(end, 'internet', '203.0.113.60/24');
  lab.rules(
    end,
    `
    table ip vpn {
      chain translate {
        type nat hook postrouting priority srcnat
        oifname ${device} masquerade
      }
    }
  `,
  );
  lab.route(end, true);
  const tunnel = lab.connect(computer, 'tunnel', '10.8.0.2/24');
  for (const half of ['0.0.0.0/1', '128.0.0.0/1']) ip(computer, 'route', 'add', half, 'via', '10.8.0.1');
  return () => ip(computer, 'link', 'delete', tunnel.device);
}

test('when a VPN ends, its computer is found again by meeting points within seconds', async () => {
  const { lab, people } = stage;
  const { here, there, environment } = await twoHomes(lab);
  const end = await throughAVpn(here);
  const ana = await people.start(here, environment);
  let ben = await people.start(there, environment);
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await passes(ana, ben, space, 'by the VPN');

  end();
  const since = performance.now();
  await stop(ben);
  ben = await people.start(there, environment);
  await passes(ben, ana, space, 'without the VPN');
  expect(performance.now() - since).toBeLessThan(20_000);
});
