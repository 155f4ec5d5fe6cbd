/** Whole Coves in one process over a real broker and real data channels: what the tests of devices and recovery share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Client } from '../../main/client/index.ts';
import type { ClientOptions, Joining, Space } from '../../main/client/index.ts';
import type { Keychain } from '../../main/engine/ports.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';

export interface Computer {
  readonly client: Client;
  readonly dataDir: string;
  readonly keychain: Keychain;
  /** Closes and opens again what is on the disk. */
  restart(options?: ClientOptions): Promise<Client>;
  remove(): Promise<void>;
}

/** For a file of tests: a broker, and computers that are gone after each test. */
export function computers(): {
  readonly broker: Mosquitto;
  start(name: string, options?: ClientOptions): Promise<Computer>;
} {
  const started: Computer[] = [];
  let broker: Mosquitto;
  beforeEach(async () => {
    broker = await startMosquitto();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.remove()));
    await broker.close();
  });
  return {
    get broker() {
      return broker;
    },
    async start(name, options = {}) {
      const made = await computer(name, broker, options);
      started.push(made);
      return made;
    },
  };
}

async function computer(name: string, broker: Mosquitto, options: ClientOptions): Promise<Computer> {
  const dataDir = mkdtempSync(join(tmpdir(), `cove-${name}-`));
  const keychain = createMemoryKeychain();
  const make = (others: ClientOptions = {}) =>
    new Client({
      ...{ dataDir, keychain, deviceName: name, meetingPoints: [broker.url], bind: '127.0.0.1' },
      ...options,
      ...others,
    });
  const self = {
    client: make(),
    ...{ dataDir, keychain },
    async restart(others?: ClientOptions) {
      await self.client.destroy();
      self.client = make(others);
      await self.client.initialize();
      return self.client;
    },
    async remove() {
      await self.client.destroy();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  await self.client.initialize();
  return self;
}

export async function until<T>(what: string, read: () => T | undefined | false | null, ms = 20_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false && value !== null) return value;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Links `fresh` to the person at `host`, as the two screens would. Gives what both showed. */
export async function link(
  host: Client,
  fresh: Client,
): Promise<{ readonly host: string[]; readonly fresh: string[] }> {
  const { invitation } = host.halo.devices.invite();
  const joining = fresh.halo.linkDevice(fresh.echo.decodeInvitation(invitation.code));
  const done = joining.authenticate(invitation.authenticationCode ?? '');
  const waiting = await until('the host is asked', () => invitation.waiting);
  const words = await until('the words are shown', () => joining.invitation.words);
  invitation.approve(waiting.deviceId, true);
  await done;
  return { host: [...(waiting.words ?? [])], fresh: [...words] };
}

/** `guest` joins a space of `host`. */
export async function share(
  space: Space,
  guest: Client,
  role: 'editor' | 'reader' | 'keeper' = 'editor',
): Promise<Space> {
  const { invitation } = space.createInvitation({ role });
  const joining: Joining = guest.echo.acceptInvitation(guest.echo.decodeInvitation(invitation.code));
  await joining.authenticate(invitation.authenticationCode ?? '');
  return guest.echo.getSpace(joining.invitation.spaceKey);
}

export const titles = (client: Client, key: string): string[] =>
  (client.echo.findSpace(key)?.objects.query({ type: 'note' }) ?? [])
    .map(({ fields }) => String(fields['title']))
    .sort();

export const write = (client: Client, key: string, title: string): void =>
  void client.echo.getSpace(key).objects.create({ type: 'note', title });

/** Waits until every one of them has exactly these notes. */
export async function allHave(clients: readonly Client[], key: string, expected: readonly string[]): Promise<void> {
  const wanted = JSON.stringify([...expected].sort());
  await until(`${clients.length} devices have ${wanted}`, () =>
    clients.every((client) => JSON.stringify(titles(client, key)) === wanted),
  );
}
