/**
 * A program: one device with real parts (encrypted SQLite, data channels, a real broker) that works until it is killed.
 * It says on its standard output, line by line, what was acknowledged; what it does is told on its standard input.
 *
 *   node worker.ts <folder>     COVE_MEETING_POINTS COVE_BIND
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, InvitationEncoder } from '../../../main/client/index.ts';
import type { Space } from '../../../main/client/index.ts';
import type { Keychain } from '../../../main/engine/ports.ts';
import { fileKeychain } from './file-keychain.ts';

const [folder = ''] = process.argv.slice(2);
/** Told at once, by one system call: a line that was not told was not acknowledged. Only the notes at the end take more. */
function tell(line: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      // Whoever listens has not read what came before yet.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const keychain: Keychain = fileKeychain(join(folder, 'keychain.jsonl'));
const client = new Client({ dataDir: folder, keychain, deviceName: 'killed often' });
await client.initialize();
if (!client.halo.profile) await client.halo.createProfile({ displayName: folder.at(-1) ?? 'x' });
flushCompileCache(); // whoever is killed leaves nothing for the next start otherwise
tell({ ready: true, spaces: client.echo.querySpaces().value.map(({ key }) => key) });

createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = JSON.parse(line) as { do: string; code?: string; digits?: string; space?: string; from?: number };
  void act(asked).catch((error: unknown) => tell({ error: String(error) }));
});

async function act(asked: {
  do: string;
  code?: string;
  digits?: string;
  space?: string;
  from?: number;
}): Promise<void> {
  switch (asked.do) {
    case 'create': {
      const space = await client.echo.createSpace();
      const { invitation } = space.createInvitation();
      tell({ space: space.key, code: InvitationEncoder.encode(invitation), digits: invitation.authenticationCode });
      return;
    }
    case 'join': {
      const { authenticate, invitation } = client.echo.acceptInvitation(InvitationEncoder.decode(asked.code ?? ''));
      await authenticate(asked.digits ?? '');
      tell({ joined: invitation.spaceKey });
      return;
    }
    case 'meet': {
      const space = client.echo.getSpace(asked.space ?? '');
      while (!space.peers.some(({ connected }) => connected)) await new Promise((resolve) => setTimeout(resolve, 20));
      tell({ connected: true });
      return;
    }
    case 'work':
      return work(asked.space ?? '', asked.from ?? 0);
    case 'boast':
      return boast(asked.space ?? '', asked.from ?? 0);
    case 'notes': {
      const notes = client.echo.getSpace(asked.space ?? '').objects.query({ type: 'note', texts: true });
      tell({
        notes: notes.map(({ fields, texts }) => [fields['title'], texts?.['body'] ?? '', fields['done'] ?? false]),
      });
    }
  }
}

/** kills.test.ts knows what the note of a number is when it is whole. */
function note(objects: Space['objects'], n: number): void {
  const id = objects.create({ type: 'note', title: `${n}` }, n % 3 === 0 ? { body: `text ${n}` } : {});
  if (n % 5 === 0) objects.set(id, '/done', true);
}

/** Creates, changes and types as fast as it may; every number it tells is durable. */
async function work(key: string, from: number): Promise<void> {
  const { objects } = client.echo.getSpace(key);
  for (let n = from; ; n++) {
    note(objects, n);
    tell({ saved: n });
    await new Promise((resolve) => setTimeout(resolve, 1 + (n % 7)));
  }
}

/** The planted fault: tells what is not saved yet. */
async function boast(key: string, from: number): Promise<void> {
  const { objects } = client.echo.getSpace(key);
  for (let n = from; ; n++) {
    tell({ saved: n });
    await new Promise((resolve) => setTimeout(resolve, 1 + (n % 7)));
    note(objects, n);
  }
}
