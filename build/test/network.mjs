/** A place without a network for the tests: stronger than any promise that they do not leave the machine. */
import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';

const bringUpLoopback = 'ip link set lo up && exec "$@"';

/**
 * The words to put before a command so that it runs with the loopback as its only network; undefined where the system
 * does not permit that.
 */
export function withoutNetwork() {
  if (process.platform !== 'linux') return undefined;
  const inside = ['sh', '-c', bringUpLoopback, 'sh'];
  const ways = [
    ['unshare', '--net', ...inside],
    // Not root: a user namespace of its own, in which the user keeps the number but may bring the loopback up.
    ['unshare', '--user', '--map-current-user', '--keep-caps', '--net', ...inside],
  ];
  return ways.find(
    ([program = '', ...args]) => spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0,
  );
}

/** Names of the network interfaces that this process sees besides the loopback. */
export function otherInterfaces() {
  return Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
}
