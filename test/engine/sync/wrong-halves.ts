/** Editors who do not give somebody, a keeper say, what he is to meet the others under. */
import { concat, equal, toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { sealTo } from '../../../main/engine/crypto/box.ts';
import { keyHolders } from '../../../main/engine/echo/roles.ts';
import type { SpaceReplica } from '../../../main/engine/echo/space-replica.ts';
import { appendControl } from '../../../main/engine/echo/write.ts';
import type { LanAddress, Rendezvous } from '../../../main/engine/ports.ts';
import type { SimNet } from '../net/sim-net.ts';
import { TestDevice } from './devices.ts';

/** `wrong`: M_e is another, and nothing tells · `closed`: as long as a half, and does not open · `whole`: as long as a key. */
export type Wrap = 'wrong' | 'closed' | 'whole';

/** A new epoch, right for everybody but one, a keeper say; returns the secret that he was given. */
export function mintAgainst(editor: TestDevice, other: TestDevice, key: Hex, wrap: Wrap): Uint8Array {
  const victim = other.profile.identity;
  const replica = editor.replica(key) as SpaceReplica;
  return replica.transact((log) => {
    const { random } = log.context;
    const { secret, fields } = log.keys.mint(keyHolders(log.authority.members), random);
    log.addKey(secret);
    const half = random.bytes(wrap === 'whole' ? 64 : 32);
    const boxPk = wrap === 'wrong' ? victim.keys.box.pk : random.bytes(32);
    const sealed = sealTo(boxPk, concat(half, replica.spaceId, fields.keyId), random.bytes(32));
    const wraps = fields.wraps.map((one): [Uint8Array, Uint8Array] =>
      equal(one[0], victim.deviceId) ? [one[0], sealed] : one,
    );
    appendControl(log, ['KeyEpoch', { ...fields, wraps }]);
    return half;
  });
}

/** Ada owns a space that Kim keeps; Bob and Mallory edit it. They are on one network, too, where a test wants that. */
export async function keptByKim(net: SimNet, { lan = false, bob = false } = {}) {
  const addresses = new Map<string, LanAddress>();
  /** Topics that each listens on now. */
  const topics = new Map<string, Set<string>>();
  const make = (name: string): TestDevice =>
    new TestDevice(name, () => {
      const card = lan ? net.lan(name) : undefined;
      const [address] = card?.health().addresses ?? [];
      if (address) addresses.set(name, address);
      const ports = net.ports(name);
      const listens = new Set<string>();
      topics.set(name, listens);
      return { ...ports, rendezvous: counted(ports.rendezvous, listens), ...(card ? { lan: card } : {}) };
    });
  const [ada, kim, mallory] = [make('ada'), make('kim'), make('mallory')];
  const all = [ada, kim, mallory, ...(bob ? [make('bob')] : [])];
  for (const device of all) await device.start();
  const key = ada.replicas.create().key;
  ada.invite(kim, key, 'keeper');
  for (const device of all.slice(2)) ada.invite(device, key);
  const level = (...devices: readonly TestDevice[]): boolean =>
    new Set(devices.map((device) => heads(device, key))).size === 1;
  const meet = async (): Promise<void> => {
    const whole = ({ mesh }: TestDevice) => mesh.connected(key).length === all.length - 1;
    await net.runUntil(() => level(...all) && all.every(whole), 120_000);
    await net.run(5_000); // each has heard that the others have it
  };
  await meet();
  return { net, key, ada, kim, mallory, bob: all[3] as TestDevice, all, make, addresses, topics, level, meet };
}
export type Kept = Awaited<ReturnType<typeof keptByKim>>;

const heads = (device: TestDevice, key: Hex): string =>
  device
    .replica(key)
    .have()
    .map(([log, seq]) => `${toHex(log)} ${seq}`)
    .sort()
    .join();

export function write(device: TestDevice, key: Hex, title: string): void {
  device.space(key).create({ type: 'note', title });
  device.space(key).flush();
}

function counted(rendezvous: Rendezvous, topics: Set<string>): Rendezvous {
  return {
    ...rendezvous,
    open: (name, onMessage) => {
      topics.add(name);
      const topic = rendezvous.open(name, onMessage);
      return { ...topic, close: () => (topics.delete(name), topic.close()) };
    },
  };
}
