/**
 * `import { createTestPeers } from 'cove/testing'`: people with a client each, for tests of what is built on Cove. They
 * are real clients that meet on 127.0.0.1 and nowhere else; their keys are kept in memory, their databases in a folder
 * that `close` deletes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMeetingPoint } from '../../native/mqtt/meeting-point.ts';
import { CoveError } from '../engine/errors.ts';
import type { InvitationOptions, Space } from '../client/index.ts';
import { TestPeer } from './test-peer.ts';
import { together } from './together.ts';

export type { TestPeer };

/** Those who come after have a number instead. */
const NAMES = ['Ana', 'Ben', 'Cleo', 'Dora', 'Emil', 'Finn', 'Gwen', 'Hugo', 'Iris'];
const HOST = '127.0.0.1';

/** People of a test, who meet at a meeting point of their own. */
export interface TestPeers {
  readonly peers: readonly TestPeer[];
  /**
   * A new space of the first peer, which all others join as editors unless `role` says otherwise. Gives it as each of
   * them sees it, in the order of `peers`. Rejects with CoveError: closed when one of them is stopped, and as `settled`.
   */
  share(space?: { readonly name?: string; readonly role?: NonNullable<InvitationOptions['role']> }): Promise<Space[]>;
  /**
   * Resolves when all who are not stopped are connected in every space they share and have the same in it. Rejects with
   * CoveError('timeout') after `ms` (default 20,000).
   */
  settled(ms?: number): Promise<void>;
  /** Ends everything and deletes it. */
  close(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** `count` people, each with one device, with an identity and no space yet. */
export async function createTestPeers(count: number): Promise<TestPeers> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-peers-'));
  const meetingPoint = await startMeetingPoint({ host: HOST, port: 0, log: () => undefined });
  const url = `mqtt://${HOST}:${meetingPoint.port}`;
  const peers = Array.from({ length: count }, (_, index) => {
    const name = NAMES[index] ?? `Person ${index + 1}`;
    return new TestPeer(name, { dataDir: join(folder, String(index)), meetingPoints: [url], bind: HOST, lan: false });
  });

  async function close(): Promise<void> {
    await Promise.all(peers.map((peer) => peer.stop()));
    await meetingPoint.close();
    rmSync(folder, { recursive: true, force: true });
  }

  async function share({ name = 'Shared', role = 'editor' }: Parameters<TestPeers['share']>[0] = {}): Promise<Space[]> {
    const [first, ...others] = peers;
    if (first === undefined) throw new CoveError('closed');
    const space = await first.client.echo.createSpace({ name });
    for (const { client } of others) {
      const { invitation } = space.createInvitation({ role });
      const { authenticate } = client.echo.acceptInvitation(client.echo.decodeInvitation(invitation.code));
      await authenticate(invitation.authenticationCode ?? '');
    }
    await settled();
    return peers.map(({ client }) => client.echo.getSpace(space.key));
  }

  const settled: TestPeers['settled'] = (ms = 20_000) =>
    together(
      peers.flatMap((peer) => (peer.stopped ? [] : [peer.client])),
      ms,
    );

  try {
    for (const peer of peers) await peer.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { peers, share, settled, close, [Symbol.asyncDispose]: close };
}
