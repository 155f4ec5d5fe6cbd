/** (l) and (m): what a device takes to get a space that it has just come into, and what was written while it was away. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { decode, encode } from 'cborg';
import { InvitationEncoder, type Client, type Space } from '../../main/client/index.ts';
import { xchachaOpen, xchachaSeal } from '../../main/engine/crypto/aead.ts';
import { startMeetingPoint } from '../../native/mqtt/meeting-point.ts';
import { overBareChannel } from './blobs.ts';
import { timed, type Row } from './measured.ts';
import { inFolder, openClient, rawDatabase } from './places.ts';
import type { Said } from './receiving.ts';

const NOTES = 10_000;
const [SOME, MANY] = [10_000, 100_000];
/** Entries of one transaction when they are received. */
const BATCH = 256;
const program = new URL('receiving.ts', import.meta.url);

const title = (n: number): string => `Note ${n} about compost`;
const body = (n: number): string => `The gate and the barrel, number ${n}. `.repeat(6);

export async function syncing(runs: number): Promise<Row[]> {
  const [first, parts, some, many]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let run = 0; run < runs; run++) {
    const { ms, bytes } = await firstSync();
    first.push(ms);
    parts.push((await overBareChannel(bytes)) + (await bareWork(Math.round(bytes / NOTES))));
    some.push(await catchUp(SOME));
    many.push(await catchUp(MANY));
  }
  return [
    {
      name: `(l) first sync of ${NOTES} notes, from joined to all of them searchable`,
      ours: first,
      floor: { name: 'a bare data channel + decrypt + decode + rows and FTS rows, of the same bytes', runs: parts },
      goal: { most: 1.5 },
      note: 'both ends in processes of their own on one machine; an entry for each note',
    },
    {
      name: `(m) catch-up of ${MANY} entries, from connected to the last of them`,
      ours: many,
      floor: { name: `of ${SOME}`, runs: some },
      goal: { most: MANY / SOME + 1 },
    },
  ];
}

async function firstSync(): Promise<{ ms: number; bytes: number }> {
  return await withGuest('first', NOTES, async (space, folder, start) => {
    write(space, NOTES);
    const { bytes } = await space.export(join(folder, 'space.archive'), { password: 'as many bytes as are sent' });
    const child = start();
    return { ms: await told(child), bytes };
  });
}

async function catchUp(entries: number): Promise<number> {
  return await withGuest('again', entries, async (space, _folder, start) => {
    const child = start();
    await once(child, 'message'); // it has joined and is away
    write(space, entries);
    child.send('come back');
    return await told(child);
  });
}

/** Signed entries, one for each. */
function write({ objects }: Space, count: number): void {
  for (let n = 0; n < count; n++) {
    objects.create({ type: 'note', title: title(n) }, { body: body(n) });
    objects.flush();
  }
}

type Start = () => ChildProcess;
async function withGuest<T>(
  kind: 'first' | 'again',
  notes: number,
  use: (space: Space, folder: string, start: Start) => Promise<T>,
): Promise<T> {
  return await inFolder(async (folder) => {
    const point = await startMeetingPoint({ host: '127.0.0.1', port: 0, log: () => undefined });
    let ana: Client | undefined;
    let child: ChildProcess | undefined;
    try {
      ana = await openClient(join(folder, 'ana'), [point.url]);
      const space = await ana.echo.createSpace({ name: 'Bench' });
      return await use(space, folder, () => {
        const { invitation } = space.createInvitation();
        const [code, digits] = [InvitationEncoder.encode(invitation), invitation.authenticationCode ?? ''];
        child = fork(program, [kind, join(folder, 'ben'), point.url, code, digits, String(notes)]);
        return child;
      });
    } finally {
      if (child?.exitCode === null) await once(child, 'exit');
      await ana?.destroy();
      await point.close();
    }
  });
}

async function told(child: ChildProcess): Promise<number> {
  const [said] = (await once(child, 'message')) as [Said];
  if (!('ms' in said)) throw new Error('it is away again');
  return said.ms;
}

/** What no replica can do without: to open each payload, to read it, and to write its rows. */
async function bareWork(bytesEach: number): Promise<number> {
  const [key, nonce] = [new Uint8Array(randomBytes(32)), new Uint8Array(24)];
  const sealed = Array.from({ length: NOTES }, (_, n) => {
    const content = encode({ title: title(n), body: body(n), pad: new Uint8Array(Math.max(0, bytesEach - 400)) });
    return xchachaSeal(key, nonce, new Uint8Array(0), content);
  });
  return await inFolder(async (folder) => {
    const database = rawDatabase(join(folder, 'raw.db'));
    database.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT, body TEXT);
      CREATE VIRTUAL TABLE search USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2')`);
    const entry = database.prepare('INSERT INTO written (bytes) VALUES (?)');
    const row = database.prepare('INSERT INTO note (title, body) VALUES (?, ?)');
    const learn = database.prepare('INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)');
    const ms = await timed(() => {
      for (let at = 0; at < NOTES; at += BATCH) {
        database.transaction(() => {
          for (const payload of sealed.slice(at, at + BATCH)) {
            const content = xchachaOpen(key, nonce, new Uint8Array(0), payload);
            const note = decode(content as Uint8Array) as { title: string; body: string };
            entry.run(payload);
            learn.run(row.run(note.title, note.body).lastInsertRowid, note.title, note.body);
          }
        })();
      }
    });
    database.close();
    return ms;
  });
}
