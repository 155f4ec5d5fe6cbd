/** A space that two devices share in a session, on a channel of its own. */
import type { BlobLink } from '../blob/link.ts';
import type { Replica } from '../echo/replica.ts';
import type { Replication } from './replication.ts';

export interface OpenSpace {
  readonly channel: number;
  readonly replica: Replica;
  /** Of the epoch it was opened under, which both know, whatever epochs follow. */
  readonly discovery: Uint8Array;
  readonly replication: Replication;
  /** Once it is a member, where both send blobs. */
  blobs: BlobLink | undefined;
}
