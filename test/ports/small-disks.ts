/** Small disks of a program's own: a file system in memory that nobody else sees, empty at each start (Linux). */
import { spawnSync } from 'node:child_process';

/** Whether this machine lets a program have file systems of its own. */
export const hasSmallDisks = (): boolean =>
  process.platform === 'linux' && spawnSync('unshare', [...apart(), 'true'], { stdio: 'ignore' }).status === 0;

export function apart(): readonly string[] {
  const plain = spawnSync('unshare', ['--mount', 'true'], { stdio: 'ignore' }).status === 0;
  return plain ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
}

/** Words to put before a command: it finds such a disk of so many megabytes in `folder`, which is there. */
export const onSmallDisk = (folder: string, megabytes: number): readonly string[] => [
  'unshare',
  ...apart(),
  ...['sh', '-c', `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && exec "$@"`, folder],
];
