/**
 * What fault-vfs.c recorded, and the disks that a power cut could have left: a synced write is there; one that is not
 * may be there, wholly or in some of its 512-byte sectors, or not at all, in any order.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Prng } from '../../engine/net/prng.ts';

export interface Operation {
  readonly kind: 'O' | 'W' | 'T' | 'S' | 'D' | 'M';
  readonly file: number;
  readonly number: number;
  readonly bytes: Buffer;
}

/** A disk, by file name, and how many marks the workload had made by then. */
export interface Image {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly marks: number;
  /** The operation after which the power was cut. */
  readonly at: number;
  readonly mode: string;
}

interface Disk {
  readonly names: Map<string, File>;
  readonly open: Map<number, File>;
  /** Deleted, but the folder was not synced: may come back. */
  readonly ghosts: Map<string, File>;
  marks: number;
}
interface File {
  durable: Buffer;
  /** Its name is in the synced folder. */
  present: boolean;
  /** Its next sync syncs the folder too: unix's VFS does that once for each journal and WAL it makes. */
  syncsFolder: boolean;
  pending: Operation[];
}

const HEADER = 18;
const SECTOR = 512;

export function readRecording(path: string): Operation[] {
  const all = readFileSync(path);
  const operations: Operation[] = [];
  for (let at = 0; at < all.length;) {
    const length = Number(all.readBigInt64LE(at + 10));
    operations.push({
      kind: String.fromCharCode(all.readUInt8(at)) as Operation['kind'],
      file: all.readUInt8(at + 1),
      number: Number(all.readBigInt64LE(at + 2)),
      bytes: all.subarray(at + HEADER, at + HEADER + length),
    });
    at += HEADER + length;
  }
  return operations;
}

/** How a cut treats what was not synced: nothing, everything, a prefix in order, or sectors by this chance. */
const MODES = ['none', 'all', 'prefix', 0.5, 0.9, 0.1] as const;

/** Up to `wanted` distinct images, spread evenly over the recording, the same for the same seed. */
export function* crashImages(operations: readonly Operation[], wanted: number, random: Prng): Generator<Image> {
  const seen = new Set<string>();
  const chance = Math.min(1, (1.6 * wanted) / (operations.length * MODES.length));
  const repeats = Math.max(1, Math.ceil((1.6 * wanted) / (operations.length * MODES.length)));
  const disk: Disk = { names: new Map(), open: new Map(), ghosts: new Map(), marks: 0 };
  for (const [at, operation] of operations.entries()) {
    take(disk, operation);
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const mode of MODES) {
        if (seen.size >= wanted) return;
        if (!random.chance(chance)) continue;
        const files = cut(disk, mode, random);
        const key = keyOf(files, disk.marks);
        if (seen.has(key)) continue;
        seen.add(key);
        yield { files, marks: disk.marks, at, mode: String(mode) };
      }
    }
  }
}

function take(disk: Disk, operation: Operation): void {
  const { kind, number, bytes } = operation;
  switch (kind) {
    case 'O': {
      const name = basename(bytes.toString());
      const file = disk.names.get(name) ?? {
        durable: Buffer.alloc(0),
        present: false,
        syncsFolder: false,
        pending: [],
      };
      file.syncsFolder ||= number === 1 && /-(?:journal|wal)$/.test(name);
      disk.names.set(name, file);
      disk.open.set(operation.file, file);
      break;
    }
    case 'W':
    case 'T':
      disk.open.get(operation.file)?.pending.push(operation);
      break;
    case 'S': {
      const file = disk.open.get(operation.file) as File;
      file.durable = applied(file.durable, file.pending);
      file.pending = [];
      if (file.syncsFolder) syncFolder(disk);
      file.syncsFolder = false;
      break;
    }
    case 'D': {
      const name = basename(bytes.toString());
      const file = disk.names.get(name);
      disk.names.delete(name);
      if (file?.present) disk.ghosts.set(name, file);
      if (number === 1) syncFolder(disk);
      break;
    }
    case 'M':
      disk.marks++;
  }
}

function syncFolder({ names, ghosts }: Disk): void {
  ghosts.clear();
  for (const file of names.values()) file.present = true;
}

function cut(disk: Disk, mode: (typeof MODES)[number], random: Prng): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [name, ghost] of disk.ghosts) {
    const back = mode === 'none' || (mode !== 'all' && random.chance(0.5));
    if (back && !disk.names.has(name)) files.set(name, ghost.durable);
  }
  for (const [name, { durable, present, pending }] of disk.names) {
    const made = present || mode === 'all' || (mode !== 'none' && random.chance(0.5));
    if (made) files.set(name, survived(durable, pending, mode, random));
  }
  return files;
}

function survived(durable: Buffer, pending: readonly Operation[], mode: (typeof MODES)[number], random: Prng): Buffer {
  if (mode === 'none') return durable;
  if (mode === 'all') return applied(durable, pending);
  if (mode === 'prefix')
    return applied(durable, pending.slice(0, Math.floor(random.fraction() * (pending.length + 1))));
  return applied(
    durable,
    pending
      .flatMap((operation) => (operation.kind === 'T' ? [operation] : sectors(operation)))
      .filter(() => random.chance(mode)),
  );
}

function sectors({ bytes, ...operation }: Operation): Operation[] {
  return Array.from({ length: Math.ceil(bytes.length / SECTOR) }, (_, i) => ({
    ...operation,
    number: operation.number + i * SECTOR,
    bytes: bytes.subarray(i * SECTOR, (i + 1) * SECTOR),
  }));
}

/** A copy: earlier images keep theirs. */
function applied(before: Buffer, operations: readonly Operation[]): Buffer {
  const ends = operations.map(({ kind, number, bytes }) => (kind === 'T' ? number : number + bytes.length));
  const room = Buffer.alloc(Math.max(before.length, ...ends));
  before.copy(room);
  let size = before.length;
  for (const { kind, number, bytes } of operations) {
    if (kind === 'T') {
      room.fill(0, number, Math.max(size, number));
      size = number;
    } else {
      bytes.copy(room, number);
      size = Math.max(size, number + bytes.length);
    }
  }
  return room.subarray(0, size);
}

function keyOf(files: ReadonlyMap<string, Buffer>, marks: number): string {
  const sum = createHash('sha1').update(String(marks));
  for (const [name, bytes] of files) sum.update(`${name} ${bytes.length} `).update(bytes);
  return sum.digest('base64');
}
