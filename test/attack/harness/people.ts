/**
 * People with a Cove each on a simulated network: real identity, real SQLite, real invitations; network and time are
 * the simulator's. `restart` is a kill -9: what was not committed is gone.
 */
import Database from 'better-sqlite3';
import { createInvitations, type Invitations } from '../../../main/engine/invitation/invitations.ts';
import type { Adopted } from '../../../main/engine/invitation/invitation.ts';
import type { InvitationParts } from '../../../main/engine/invitation/parts.ts';
import { createObjects } from '../../../main/engine/echo/objects.ts';
import type { Replicas } from '../../../main/engine/echo/replica.ts';
import { createReplicas } from '../../../main/engine/echo/replicas.ts';
import { Relays } from '../../../main/engine/mesh/relays.ts';
import { openProfile } from '../../../main/engine/halo/profile.ts';
import type { Identity } from '../../../main/engine/halo/identity.ts';
import type { Storage } from '../../../main/engine/ports.ts';
import { createStorage } from '../../../native/sqlite/storage.ts';
import type { SimNet } from '../../engine/net/sim-net.ts';

export interface LogLine {
  readonly event: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}
export interface Person {
  readonly name: string;
  readonly net: SimNet;
  storage: Storage;
  identity: Identity;
  replicas: Replicas;
  invitations: Invitations;
  /** Channels handed on after an admission. */
  readonly adopted: Adopted[];
  readonly log: LogLine[];
  /** kill -9, then a new start on what was committed. */
  restart(): Promise<void>;
  /** kill -9 only. */
  crash(): void;
}
export interface PersonOptions {
  /** Wraps what the person's invitations stand on; called at every start. */
  readonly parts?: ((parts: InvitationParts) => InvitationParts) | undefined;
}

export async function person(net: SimNet, name: string, options: PersonOptions = {}): Promise<Person> {
  const database = new Database(':memory:');
  const keys = new Map<string, string>();
  let life = 0;
  const profile = async () => {
    const mine = ++life;
    // What a dead process still tries to write does not reach the disk.
    const storage = mortal(createStorage(database), () => life === mine);
    const opened = await openProfile({
      account: name,
      random: net.random(name),
      keychain: {
        get: (account) => Promise.resolve(keys.get(account) ?? null),
        set: (account, secret) => Promise.resolve(void keys.set(account, secret)),
        delete: (account) => Promise.resolve(void keys.delete(account)),
      },
      vault: { exists: () => keys.size > 0, open: () => storage, discard: () => undefined },
    });
    return opened.state === 'ready' ? opened : opened.createIdentity(name);
  };
  const start = async (self: Person): Promise<void> => {
    const { storage, identity } = await profile();
    self.storage = storage;
    self.identity = identity;
    const ports = { storage, random: net.random(name), clock: net.clock(name), log: () => undefined };
    self.replicas = createReplicas({ ...ports, identity, sink: createObjects(ports) });
    const world = net.ports(name);
    const parts: InvitationParts = {
      ...world,
      relays: new Relays(world),
      storage,
      replicas: self.replicas,
      identity,
      log: (event, detail = {}) => self.log.push({ event, detail }),
      adopt: (adopted) => self.adopted.push(adopted),
    };
    self.invitations = createInvitations(options.parts?.(parts) ?? parts);
  };
  const crash = (): void => {
    life++;
    net.crash(name);
  };
  const self = {
    ...{ name, net, adopted: [], log: [], crash },
    restart: async () => {
      crash();
      await start(self);
    },
  } as unknown as Person;
  await start(self);
  return self;
}

/** The same spaces as a plain object, so that a test can replace one function. */
export function delegated(replicas: Replicas): Replicas {
  return {
    all: () => replicas.all(),
    halos: () => replicas.halos(),
    get: (spaceId) => replicas.get(spaceId),
    createHalo: () => replicas.createHalo(),
    create: (options) => replicas.create(options),
    contacts: () => replicas.contacts(),
    stateOf: (chain) => replicas.stateOf(chain),
    admit: (...args) => replicas.admit(...args),
    admissionOf: (space) => replicas.admissionOf(space),
    grant: (...args) => replicas.grant(...args),
    join: (...args) => replicas.join(...args),
    contents: (space) => replicas.contents(space),
    compact: (...args) => replicas.compact(...args),
    bringBack: (...args) => replicas.bringBack(...args),
    forget: (space) => replicas.forget(space),
    onChange: (fn) => replicas.onChange(fn),
  };
}

function mortal(storage: Storage, alive: () => boolean): Storage {
  const check = (): void => {
    if (!alive()) throw new Error('this process is dead');
  };
  return {
    ...storage,
    get inTransaction() {
      return storage.inTransaction;
    },
    prepare: (sql) => (check(), storage.prepare(sql)),
    exec: (sql) => (check(), storage.exec(sql)),
    transaction: (fn) => (check(), storage.transaction(fn)),
    close: () => undefined,
  };
}
