/**
 * A program: somebody works on a profile whose disk is recorded (fault-vfs.c). What the person was told is saved, and
 * what left the machine, is written down as a fact and marked in the recording at that very moment.
 *
 *   node workload.ts <folder> <seed> <steps> <FULL|NORMAL> <plain|encrypted>      COVE_FAULT_TRACE, COVE_FAULT_VFS
 */
import Database from 'better-sqlite3';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { createVault } from '../../../native/sqlite/index.ts';
import { Prng } from '../../engine/net/prng.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../ports/keychain-memory.ts';
import { openDevice } from '../device.ts';
import type { Device } from '../device.ts';
import { memoryVault } from '../memory-vault.ts';
import type { Fact, Workload } from './facts.ts';

const [folder = '', seed = '1', steps = '60', synchronous = 'FULL', cipher = 'plain'] = process.argv.slice(2);

const recorder = new Database(':memory:').loadExtension(process.env['COVE_FAULT_VFS'] ?? '');
const mark = recorder.prepare('SELECT fault_mark(?)');
const facts: Fact[] = [];
const fact = (one: Fact): void => {
  facts.push(one);
  mark.get(facts.length);
};

const random = new Prng(`power cut ${seed}`);
const clock = createVirtualClock();
const pick = <T>(list: readonly T[]): T => list[Math.floor(random.fraction() * list.length)] as T;

const keychain = createMemoryKeychain();
const setItem = keychain.set;
keychain.set = async (account, secret) => {
  await setItem(account, secret);
  fact({ keychain: secret });
};
const vault = createVault({
  path: join(folder, 'cove.db'),
  unsafe: { plaintext: cipher === 'plain', synchronous: synchronous as 'FULL' | 'NORMAL' as 'NORMAL' },
});

async function start(): Promise<Device> {
  const opened = (await openDevice({ vault, keychain, clock, random }, 'Ana')) as Device;
  // Checkpoints, the other dangerous moment, come every few commits instead of every megabyte.
  opened.profile.storage.exec('PRAGMA wal_autocheckpoint = 24');
  for (const replica of opened.replicas.all()) left(replica.key, replica);
  return opened;
}

/** What has been told to others: it must be there for good. */
function left(space: Hex, replica: ReturnType<Device['replicas']['all']>[number]): void {
  replica.onAdvance((heads) => {
    fact({ left: heads.map(([log, seq, hash]) => ({ space, log: toHex(log), seq, hash: toHex(hash) })) });
  });
}

const peerParts = { vault: memoryVault(), keychain: createMemoryKeychain(), clock, random };
const peer = (await openDevice(peerParts, 'Ben')) as Device;

let device = await start();
fact({ identity: true });
const replica = device.replicas.create();
left(replica.key, replica);
fact({ space: replica.key });
const admission = device.replicas.admit(
  replica,
  { chain: [...peer.profile.identity.chain()], role: 'editor', invId: random.bytes(16) },
  () => undefined,
);
const grant = device.replicas.grant(replica, peer.profile.identity.identityId, admission);
const peerReplica = peer.replicas.join(grant, { deviceId: device.profile.identity.deviceId });
const witness = peerParts.vault.bytes().toString('base64');

const own = () => device.replicas.get(peerReplica.spaceId) as ReturnType<Device['replicas']['all']>[number];
const space = () => device.objects.space(own());
const notes: Hex[] = [];

for (let step = 0; step < Number(steps); step++) {
  await take(step);
  clock.advance(Math.floor(random.between(0, 1_500)));
}
device.profile.storage.close();
const workload: Workload = { facts, witness, witnessKeychain: [...peerParts.keychain.items] };
writeFileSync(join(folder, 'workload.json'), JSON.stringify(workload));

async function take(step: number): Promise<void> {
  const token = `⟨${step}⟩`;
  const kind = notes.length === 0 ? 0 : random.fraction();
  if (kind < 0.15) {
    const object = space().create(
      { type: 'note', title: token },
      { body: `${token}${'.'.repeat(random.u32() % 3_000)}` },
    );
    notes.push(object);
    fact({ object, title: token });
    fact({ object, token });
  } else if (kind < 0.5) {
    const object = pick(notes);
    const document = space().document(object, 'body');
    const at = document.text().length;
    document.push(document.version, [{ changes: at === 0 ? [[0, token]] : [at, [0, token]], clientId: 'window' }]);
    document.save();
    fact({ object, token });
    document.close();
  } else if (kind < 0.65) {
    const object = pick(notes);
    space().set(object, '/title', token);
    fact({ object, title: token });
  } else if (kind < 0.72) {
    const many = notes.slice(0, 4);
    space().batch(() => many.forEach((object) => space().set(object, '/title', token)));
    for (const object of many) fact({ object, title: token });
  } else if (kind < 0.78) {
    space().search('⟨', 5);
    space().flush();
  } else if (kind < 0.9) {
    exchange(token);
  } else if (kind < 0.95) {
    if (device.invitations.list().length < 10) fact({ invitation: device.invitations.create(own()).id });
  } else {
    device.stop();
    device.profile.storage.close();
    device = await start();
  }
}

/** The peer writes too, and both get what they lack; what was stored for it is as sacred as an own edit. */
function exchange(token: string): void {
  const peerSpace = peer.objects.space(peerReplica);
  const object = peerSpace.create({ type: 'note', title: token });
  peerSpace.flush();
  for (const [from, to] of [
    [own(), peerReplica],
    [peerReplica, own()],
  ] as const) {
    const known = new Map(to.have().map(([logId, seq]) => [toHex(logId), seq]));
    for (const [logId, seq] of from.have()) {
      to.receive(new Uint8Array(32), from.read([logId, (known.get(toHex(logId)) ?? 0) + 1, seq], 1e9));
    }
  }
  fact({ object, title: token });
}
