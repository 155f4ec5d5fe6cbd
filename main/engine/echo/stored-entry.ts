/** An entry as it is stored. */
import type { SqlRow } from '../ports.ts';
import { readHeader } from './entry.ts';
import type { Header } from './entry.ts';
import type { Status } from './log-sql.ts';
import type { PackStore } from './pack-store.ts';

export interface StoredEntry {
  readonly id: number;
  readonly seq: number;
  readonly header: Header;
  /** Made when it is asked for, where it is in a pack. null: dropped. */
  readonly payload: Uint8Array | null;
  readonly status: Status;
  readonly lamport: number;
}

/** As it counts towards the quota, in whatever form it is kept: the same on all devices. */
export const sizeOf = ({ bytes, payloadLength }: Header): number => bytes.length + payloadLength;

export function readStored(row: SqlRow, packs: PackStore): StoredEntry {
  const header = readHeader(row['header'] as Uint8Array);
  if (!header) throw new Error('a malformed header is in the database');
  return {
    id: row['id'] as number,
    seq: row['seq'] as number,
    header,
    get payload() {
      return packs.payload(header, row['payload'] as Uint8Array | null);
    },
    status: row['status'] as Status,
    lamport: row['lamport'] as number,
  };
}
