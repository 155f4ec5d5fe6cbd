/**
 * What a new profile's database begins with, in the three ways a device comes to an identity: it founds one, another
 * device of the person admits it, or the recovery phrase does. All of it is one transaction that ends with `ready`.
 */
import { toHex } from '../bytes.ts';
import { identityId as identityIdOf, rootFromEntropy } from '../crypto/keys.ts';
import type { DeviceKeys, RootKeys } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import type { Random, Storage } from '../ports.ts';
import { makeDeviceAdmit, makeDevicePop, makeGenesis, makeProfileSet, readCert } from './cert.ts';
import { storeCerts } from './identity.ts';
import type { KeychainItem } from './keychain-item.ts';
import { writeMeta } from './meta.ts';

export interface FirstRows {
  readonly identityId: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly backupKey: Uint8Array;
  readonly haloRecovery: Uint8Array;
  /** Came from the phrase: the other own devices are still to be found. */
  readonly recovering?: true;
  /** Encoded grant of the halo space, to be joined when the engine starts. */
  readonly haloGrant?: Uint8Array;
}
/** What the admitting device sends. */
export type LinkedDevice = Required<Omit<FirstRows, 'recovering'>>;

interface ThisDevice {
  readonly keys: DeviceKeys;
  readonly deviceName: string;
  readonly entropy: Uint8Array;
}

/** A new person with this device as the first one. */
export function founderRows({ name, ...device }: ThisDevice & { readonly name: string }, random: Random): FirstRows {
  const { rows, admission } = rootAdmits(device);
  const avatar = toHex(random.bytes(8));
  const profile = makeProfileSet(device.keys.sign, rows.identityId, { name, avatar }, [admission]);
  return { ...rows, chain: [...rows.chain, profile] };
}

/** A person who is there already: the name comes with the rest of the chain. */
export function recoveredRows(device: ThisDevice): FirstRows {
  return { ...rootAdmits(device).rows, recovering: true };
}

export function linkedRows(linked: LinkedDevice): FirstRows {
  return linked;
}

export function writeFirstRows(storage: Storage, item: KeychainItem, rows: FirstRows): void {
  storage.transaction(() => {
    storeCerts(storage, rows.identityId, rows.chain);
    writeMeta(storage, 'identityId', rows.identityId);
    writeMeta(storage, 'dbUuid', item.dbUuid);
    writeMeta(storage, 'bootId', item.bootId);
    writeMeta(storage, 'backupKey', rows.backupKey);
    writeMeta(storage, 'haloRecovery', rows.haloRecovery);
    if (rows.recovering) writeMeta(storage, 'recovering', Uint8Array.of(1));
    if (rows.haloGrant) writeMeta(storage, 'haloGrant', rows.haloGrant);
    writeMeta(storage, 'ready', Uint8Array.of(1));
  });
  wipe(rows.backupKey, rows.haloRecovery);
}

/** The root's first two statements, or the same first and another second one on a later device. */
function rootAdmits({ keys, deviceName, entropy }: ThisDevice): { rows: FirstRows; admission: Uint8Array } {
  const { root, backupKey, haloRecovery } = rootFromEntropy(entropy);
  const identityId = identityIdOf(root.pk);
  const genesis = makeGenesis(root);
  const admit = admitByRoot(root, keys, deviceName, [hashOf(genesis)]);
  wipe(root.sk);
  return { rows: { identityId, chain: [genesis, admit], backupKey, haloRecovery }, admission: hashOf(admit) };
}

/** The phrase's word for a device. */
export function admitByRoot(
  root: RootKeys['root'],
  keys: DeviceKeys,
  name: string,
  past: readonly Uint8Array[],
): Uint8Array {
  const identityId = identityIdOf(root.pk);
  const pop = makeDevicePop(keys, identityId, root.pk, past);
  const device = { deviceId: keys.sign.pk, noisePk: keys.noise.pk, boxPk: keys.box.pk, name, pop };
  return makeDeviceAdmit(root, identityId, device, past);
}

function hashOf(cert: Uint8Array): Uint8Array {
  return readCert(cert)?.hash as Uint8Array;
}
