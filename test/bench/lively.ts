/**
 * (s) How long the event loop of one device keeps others waiting while eight people write in fifty spaces that it shares
 * with all of them, and while it catches up with what they wrote; against the same device while nobody writes.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '../../main/client/index.ts';
import { createSystemClock } from '../../native/clock.ts';
import { startMeetingPoint } from '../../native/mqtt/meeting-point.ts';
import { createSystemRandom } from '../../native/random.ts';
import { createVault } from '../../native/sqlite/index.ts';
import { exchange, invite } from '../proof/damage/profiles.ts';
import { openDevice, type Device } from '../proof/device.ts';
import type { Asked, Delay, Profile } from './crowd.ts';
import { medianOf, type Row } from './measured.ts';
import { createOneItemKeychain } from './one-item-keychain.ts';
import { heard, inFolder } from './places.ts';

export interface Crowd {
  readonly spaces: number;
  /** In each space, besides the one that is measured. */
  readonly peers: number;
  /** While nobody writes, and while all do. */
  readonly ms: number;
}
const CROWD: Crowd = { spaces: 50, peers: 8, ms: 20_000 };
/** Of all peers together, where the machine can; each is an entry of its own. */
const NOTES_PER_SECOND = 16;
/** Of each peer in each space, while the device is away. */
const MISSED = 2;
const program = new URL('crowd.ts', import.meta.url);

export async function lively(runs: number, crowd = CROWD): Promise<Row[]> {
  const { spaces, peers, ms } = crowd;
  const missed = MISSED * peers * spaces;
  const [idle, busy, back]: [Delay[], Delay[], Delay[]] = [[], [], []];
  await inCrowd(crowd, async (host, guests) => {
    for (let run = 0; run < runs; run++) {
      idle.push((await ask(host, { do: 'measure', ms })) as Delay);
      const written = ask(guests, { do: 'write', ms, perSecond: NOTES_PER_SECOND });
      const delay = (await ask(host, { do: 'measure', ms })) as Delay;
      await written;
      if (delay.came === 0) throw new Error('no note came while everybody wrote');
      busy.push(delay);
      await ask(host, { do: 'meet' });
      await ask(host, { do: 'leave' });
      await ask(guests, { do: 'fill', each: MISSED });
      back.push((await ask(host, { do: 'return', notes: missed })) as Delay);
      await ask(host, { do: 'meet' });
    }
  });
  const p99 = (all: readonly Delay[]): number[] => all.map((delay) => delay.p99);
  const most = (all: readonly Delay[]): number[] => all.map((delay) => delay.most);
  const floor = { name: 'the same, idle', runs: p99(idle) };
  const what = `${spaces} spaces, ${peers} peers each`;
  const came = medianOf(busy.map((delay) => delay.came)); // a busy machine writes fewer
  const note = `${came} notes came in ${ms / 1_000} s, an entry each; the peers share another process`;
  const goal = { within: 16 };
  const rows: Row[] = [
    { name: `(s) ${what}, all writing: event-loop delay, p99`, ours: p99(busy), floor, goal, note },
    {
      name: `(s) the same while it catches up with ${missed} entries, p99`,
      ours: p99(back),
      floor,
      goal,
      note: 'from the first connection to the last entry, so that seven handshakes are part of it',
    },
    {
      name: '(s) all writing, the part of a delay that the engine works, p99',
      ours: busy.map(({ work }) => work),
      floor: { name: 'the same, idle', runs: idle.map(({ work }) => work) },
      goal,
      note: 'without what it waited for a processor that others had, and for the disk',
    },
    {
      name: '(s) catching up, the part of a delay that the engine works, p99',
      ours: back.map(({ work }) => work),
      floor: { name: 'the same, idle', runs: idle.map(({ work }) => work) },
      goal,
    },
    {
      name: '(s) all writing, the longest delay',
      ours: most(busy),
      floor: { name: 'the same, idle', runs: most(idle) },
    },
  ];
  // Idle is a millisecond or less, and the longest of many delays is anything.
  return rows.map((row) => ({ ...row, swings: true }));
}

async function inCrowd(crowd: Crowd, use: (host: ChildProcess, guests: ChildProcess) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const [first, ...others] = await gathered(crowd, folder);
    const point = await startMeetingPoint({ host: '127.0.0.1', port: 0, log: () => undefined });
    const children: ChildProcess[] = [];
    const started = async (kind: string, profiles: readonly (Profile | undefined)[]): Promise<ChildProcess> => {
      const child = fork(program, [kind, point.url, String(crowd.peers), JSON.stringify(profiles)]);
      children.push(child);
      await heard(child);
      return child;
    };
    try {
      const [host, guests] = [await started('host', [first]), await started('guests', others)];
      await ask(host, { do: 'meet' });
      await use(host, guests);
    } finally {
      for (const child of children) child.kill('SIGKILL'); // what they would store is deleted
      await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
      await point.close();
    }
  });
}

/** The profiles of all, who are in every space: as invitations would make them, without their network. */
async function gathered({ spaces, peers }: Crowd, folder: string): Promise<Profile[]> {
  const profiles: Profile[] = [];
  const devices: Device[] = [];
  for (let n = 0; n <= peers; n++) {
    const [dataDir, keychain] = [join(folder, String(n)), createOneItemKeychain()];
    const client = new Client({ dataDir, meetingPoints: [], bind: '127.0.0.1', keychain });
    await client.initialize();
    await client.halo.createProfile();
    await client.destroy();
    profiles.push({ dataDir, secret: keychain.secret() as string });
    const vault = createVault({ path: join(dataDir, 'cove.db'), unsafe: { synchronous: 'OFF' } });
    const parts = { vault, keychain, clock: createSystemClock(), random: createSystemRandom() };
    devices.push((await openDevice(parts)) as Device);
  }
  const [host, ...guests] = devices as [Device, ...Device[]];
  for (let n = 0; n < spaces; n++) {
    const space = host.replicas.create();
    const replicas = guests.map((guest) => invite(host, space, guest));
    for (const replica of replicas) exchange(space, replica);
  }
  for (const device of devices) {
    device.stop();
    device.profile.storage.close();
  }
  return profiles;
}

async function ask(child: ChildProcess, asked: Asked): Promise<unknown> {
  child.send(asked);
  return await heard(child);
}
