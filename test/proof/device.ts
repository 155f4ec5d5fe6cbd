/**
 * A device as the Client builds it, over a given database and keychain, without anybody to meet: what power cuts,
 * damaged files and full disks are tried on. Time is turned by hand.
 */
import { startEngine } from '../../main/client/engine.ts';
import type { Engine } from '../../main/client/engine.ts';
import { toHex } from '../../main/engine/bytes.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { openProfile } from '../../main/engine/halo/profile.ts';
import type { ReadyProfile } from '../../main/engine/halo/profile.ts';
import { Relays } from '../../main/engine/mesh/relays.ts';
import type { Clock, Keychain, Log, Random, Rendezvous, StorageVault, Transport } from '../../main/engine/ports.ts';
import { createMemoryBlockFiles } from '../ports/block-files-memory.ts';

export interface DeviceParts {
  readonly vault: StorageVault;
  readonly keychain: Keychain;
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
}

export interface Device extends Engine {
  readonly profile: ReadyProfile;
}

/** Nobody is reachable. */
export const nobody: { readonly rendezvous: Rendezvous; readonly transport: Transport } = {
  rendezvous: {
    open: () => ({ send: () => undefined, close: () => undefined }),
    health: () => [],
    onHealth: () => () => undefined,
    retry: () => undefined,
    use: () => () => undefined,
    close: () => Promise.resolve(),
  },
  transport: {
    connect: () => ({ accept: () => undefined, channel: new Promise(() => undefined), cancel: () => undefined }),
    close: () => Promise.resolve(),
  },
};

/** undefined: there is no identity, and no name to make one with. */
export async function openDevice(parts: DeviceParts, name?: string): Promise<Device | undefined> {
  const { vault, keychain, clock, random, log = () => undefined } = parts;
  const opened = await openProfile({ keychain, vault, random, account: 'proof' });
  if (opened.state === 'empty' && name === undefined) return undefined;
  const profile = opened.state === 'empty' ? await opened.createIdentity(name as string) : opened;
  try {
    const relays = new Relays({ clock, random, ...nobody });
    return startEngine(profile, {
      ...{ clock, random, ...nobody, relays, log, loopback: true },
      blockFiles: createMemoryBlockFiles(),
    });
  } catch (error) {
    profile.storage.close(); // as Client.destroy does
    throw error;
  }
}

/** As the process would end: nothing is told to stop. */
export function abandon({ profile }: Device): void {
  profile.storage.close();
}

/** Everything a person sees of a space, in a form that two devices can compare. */
export function stateOf({ objects }: Pick<Engine, 'objects'>, replica: Replica): string {
  const space = objects.space(replica);
  const rows = [false, true].flatMap((deleted) => space.query({ deleted, texts: true }));
  return JSON.stringify(
    rows
      .map(({ id, type, fields, deleted, texts = {} }) => [id, type, sorted(fields), deleted, sorted(texts)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}

/** The heads of a space's logs: which entries are here. */
export const headsOf = (replica: Replica): string =>
  replica
    .have()
    .map(([logId, seq, hash]) => `${toHex(logId)} ${seq} ${toHex(hash)}`)
    .sort()
    .join('\n');

const sorted = (fields: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
