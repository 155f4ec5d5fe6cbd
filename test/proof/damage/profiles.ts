/** Two people with one space, one of them on files that can be damaged: what is there before anything happens. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../main/engine/bytes.ts';
import type { Replica } from '../../../main/engine/echo/replica.ts';
import { datedFolder, setProfileAside } from '../../../main/client/set-aside.ts';
import { recoverProfile } from '../../../main/engine/halo/recovery.ts';
import type { Recovery } from '../../../main/engine/halo/recovery.ts';
import { createSalvage, createVault } from '../../../native/sqlite/index.ts';
import { Prng } from '../../engine/net/prng.ts';
import { createVirtualClock } from '../../objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../ports/keychain-memory.ts';
import { abandon, openDevice } from '../device.ts';
import type { Device } from '../device.ts';
import { memoryVault } from '../memory-vault.ts';

const random = new Prng('damaged files');
const unsafe = { synchronous: 'OFF' } as const;

export interface Scene {
  /** Of Ana, an editor, whose files these are: a clean folder and one that a crash left, with a write-ahead log. */
  readonly folders: { readonly closed: string; readonly crashed: string };
  /** Of Ben, who owns the space and was last connected before Ana's last edits. */
  readonly ben: { readonly bytes: Buffer; readonly items: readonly (readonly [string, string])[] };
  readonly items: readonly (readonly [string, string])[];
  /** Titles that Ben has, and those that only Ana's files hold. */
  readonly sent: readonly string[];
  readonly unsent: readonly string[];
  remove(): void;
}

export async function makeScene(): Promise<Scene> {
  const base = mkdtempSync(join(tmpdir(), 'cove-damage-'));
  const live = join(base, 'live');
  mkdirSync(live);
  const clock = createVirtualClock();
  const anaKeys = createMemoryKeychain();
  const ana = (await openDevice(
    { vault: createVault({ path: join(live, 'cove.db'), unsafe }), keychain: anaKeys, clock, random },
    'Ana',
  )) as Device;
  const [benKeys, benVault] = [createMemoryKeychain(), memoryVault()];
  const ben = (await openDevice({ vault: benVault, keychain: benKeys, clock, random }, 'Ben')) as Device;
  const space = ben.replicas.create();
  const joined = invite(ben, space, ana);
  const write = (titles: readonly string[]): void => {
    for (const title of titles) {
      const text = `${title} `.repeat(60);
      ana.objects.space(joined).create({ type: 'note', title }, { body: text });
      clock.advance(5_000);
    }
  };
  const sent = Array.from({ length: 40 }, (_, i) => `sent ${i}`);
  const unsent = Array.from({ length: 20 }, (_, i) => `unsent ${i}`);
  write(sent);
  exchange(joined, space);
  write(unsent.slice(0, -2));
  ana.profile.storage.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const before = join(base, 'crashed');
  // Two come so soon after that they are not entries yet.
  for (const title of unsent.slice(-2)) ana.objects.space(joined).create({ type: 'note', title });
  cpSync(live, before, { recursive: true });
  abandon(ana);
  const closed = join(base, 'closed');
  cpSync(live, closed, { recursive: true });
  const bytes = benVault.bytes();
  abandon(ben);
  return {
    folders: { closed, crashed: before },
    ben: { bytes, items: [...benKeys.items] },
    items: [...anaKeys.items],
    sent,
    unsent,
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** `checkUpTo`: as of a vault. */
export function parts(folder: string, items: Scene['items'], checkUpTo?: number) {
  const keychain = createMemoryKeychain();
  for (const [account, secret] of items) keychain.items.set(account, secret);
  const vault = createVault({
    path: join(folder, 'cove.db'),
    unsafe,
    ...(checkUpTo === undefined ? {} : { checkUpTo }),
  });
  return { vault, keychain, clock: createVirtualClock(1_790_000_000_000 + 86_400_000), random };
}

export function openBen({ ben }: Scene): Promise<Device | undefined> {
  const { keychain, clock } = parts('', ben.items);
  return openDevice({ vault: memoryVault(Buffer.from(ben.bytes)), keychain, clock, random });
}

export async function recover(folder: string, { keychain, clock }: ReturnType<typeof parts>): Promise<Recovery> {
  const salvage = createSalvage({ path: join(folder, 'cove.db'), unsafe });
  const aside = datedFolder(folder, 'damaged', clock.now());
  const options = { keychain, salvage, clock, random, account: 'proof', log: () => undefined, folder: aside };
  const recovery = await recoverProfile(options);
  if (!recovery.identity) setProfileAside(folder, aside);
  return recovery;
}

/** As an invitation does, without its network. */
export function invite(host: Device, space: Replica, guest: Device): Replica {
  const { identity } = guest.profile;
  const request = { chain: [...identity.chain()], role: 'editor', invId: random.bytes(16) } as const;
  const admission = host.replicas.admit(space, request, () => undefined);
  const grant = host.replicas.grant(space, identity.identityId, admission);
  return guest.replicas.join(grant, { deviceId: host.profile.identity.deviceId });
}

/** Both get what they lack, until nothing moves; a broken rule is an error. */
export function exchange(one: Replica, other: Replica): void {
  for (let round = 0; round < 10; round++) {
    let stored = 0;
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const known = new Map(to.have().map(([logId, seq]) => [toHex(logId), seq]));
      const entries = from
        .have()
        .flatMap(([logId, seq]) => from.read([logId, (known.get(toHex(logId)) ?? 0) + 1, seq], 1e9));
      const result = to.receive(new Uint8Array(32), entries);
      if (result.violation !== undefined) throw new Error(result.violation);
      stored += result.stored;
    }
    if (stored === 0) return;
  }
  throw new Error('no end of it');
}
