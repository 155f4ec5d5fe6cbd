/**
 * A program: one device with real parts that adds blobs and fetches those of the others, until it is killed. What it is
 * told to do comes on its standard input; what was acknowledged is a line on its standard output.
 *
 *   node worker.ts <folder>     COVE_MEETING_POINTS COVE_BIND
 */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statfsSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, InvitationEncoder, type BlobRef, type Space } from '../../../main/client/index.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { fileKeychain } from '../kills/file-keychain.ts';

const [folder = ''] = process.argv.slice(2);
/** Added in one life at most: a slow machine has to bring them all over. */
const A_LIFE = 4;
const MB = 1024 * 1024;
const FILLING = join(folder, 'of-another-program');
/** Told at once, by one system call: a line that was not told was not acknowledged. */
const tell = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);
/** The content of number n. */
const contentOf = (n: number, bytes: number): Buffer =>
  createHash('shake256', { outputLength: bytes }).update(String(n)).digest();

const keychain = fileKeychain(join(folder, 'keychain.jsonl'));
const client = new Client({ dataDir: folder, keychain, deviceName: 'killed often' });
await client.initialize();
if (!client.halo.profile) await client.halo.createProfile({ displayName: folder.at(-1) ?? 'x' });
// Before anybody is met: what is on the disk is what is counted, and what is counted is there.
tell({ ready: true, ...disk() });

function disk(): { readonly onDisk: number; readonly counted: number } {
  const place = join(folder, 'blobs');
  let onDisk = 0;
  try {
    for (const name of readdirSync(place)) onDisk += statSync(join(place, name)).size;
  } catch {
    // Nothing was ever stored.
  }
  return { onDisk, counted: client.echo.spaces[0]?.blobs.usage.totalBytes ?? 0 };
}

createInterface({ input: process.stdin }).on('line', (line) => {
  void act(JSON.parse(line) as Asked).catch((error: unknown) =>
    tell({ refused: error instanceof CoveError ? error.type : String(error) }),
  );
});

interface Asked {
  readonly do: 'create' | 'join' | 'fetch' | 'work' | 'add' | 'look' | 'fill' | 'free';
  readonly code?: string;
  readonly digits?: string;
  readonly from?: number;
  readonly megabytes?: number;
}

const files = (space: Space) =>
  space.objects
    .query({ type: 'file' })
    .map(({ fields }) => ({ n: fields['n'] as number, ref: fields['content'] as BlobRef }));

async function act({ do: what, code = '', digits = '', from = 0, megabytes = 0 }: Asked): Promise<void> {
  if (what === 'create') {
    const made = await client.echo.createSpace();
    const { invitation } = made.createInvitation();
    return tell({ code: InvitationEncoder.encode(invitation), digits: invitation.authenticationCode });
  }
  if (what === 'join') {
    const { authenticate, invitation } = client.echo.acceptInvitation(InvitationEncoder.decode(code));
    await authenticate(digits);
    return tell({ joined: invitation.spaceKey });
  }
  const [space] = client.echo.spaces;
  if (space === undefined) throw new Error('no space');
  switch (what) {
    case 'fetch':
      return fetchAll(space);
    case 'work':
      // From one chunk to seven.
      for (let n = from; n < from + A_LIFE; n++) await add(space, n, 100_000 + (n % 7) * 240_000);
      return;
    case 'add':
      return add(space, from, megabytes * MB);
    case 'look': {
      const found = await Promise.all(files(space).map(async ({ n, ref }) => [n, await standing(space, n, ref)]));
      return tell({ files: Object.fromEntries(found) as unknown, ...disk() });
    }
    case 'fill': {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(FILLING, new Uint8Array(bavail * bsize - megabytes * MB));
      return tell({ filled: true });
    }
    case 'free':
      rmSync(FILLING);
      return tell({ freed: true });
  }
}

async function add(space: Space, n: number, bytes: number): Promise<void> {
  const ref = await space.blobs.add(contentOf(n, bytes));
  await space.db.add({ type: 'file', n, content: ref });
  tell({ added: n });
}

/** Everything there is and will be; each is told once it is whole. */
function fetchAll(space: Space): void {
  const whole = new Set<number>();
  const look = (): void => {
    for (const { n, ref } of files(space)) {
      const { state, keep } = space.blobs.status(ref);
      if (!keep) space.blobs.keep(ref);
      if (state !== 'here' || whole.has(n)) continue;
      whole.add(n);
      tell({ whole: n });
    }
  };
  space.objects.onChange(look);
  space.blobs.onChange(look);
  look();
}

/** 'right' when all of it is here and is what was added. */
async function standing(space: Space, n: number, ref: BlobRef): Promise<string> {
  const { state, waiting, chunks } = space.blobs.status(ref);
  if (state !== 'here') return `${state} ${waiting ?? ''} ${chunks > 0 ? 'begun' : ''}`.trim();
  try {
    const content = await space.blobs.read(ref, { wait: false }).bytes();
    return contentOf(n, ref.size).equals(content) ? 'right' : 'wrong';
  } catch (error) {
    return error instanceof CoveError ? error.type : String(error);
  }
}
