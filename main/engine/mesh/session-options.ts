/** What a session between two devices is made with. */
import type { Blobs } from '../blob/blobs.ts';
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { WorkTime } from '../work-time.ts';
import type { Acks } from './acks.ts';
import type { ByeCode, CarryFrame } from './frames.ts';
import type { Gathering } from './gathering.ts';
import type { Proven } from './handshake.ts';
import type { LinkKind } from './link-kind.ts';
import type { Pairs } from './pairs.ts';
import type { SecureChannel } from './secure-channel.ts';

export interface SessionOptions {
  readonly secure: SecureChannel;
  readonly kind: LinkKind;
  readonly side: 'dialer' | 'listener';
  readonly peer: Proven;
  /** The space whose keys brought the two together: there an unknown device may show what admits it. */
  readonly first: Replica;
  readonly replicas: () => readonly Replica[];
  readonly gathering: (replica: Replica) => Gathering;
  readonly acks: Acks;
  readonly pairs: Pick<Pairs, 'with' | 'shown'>;
  /** Of all sessions together. */
  readonly workTime: WorkTime;
  /** Absent: no blobs go over this connection. */
  readonly blobs?: Pick<Blobs, 'link'> | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly onStatus: (space: Hex) => void;
  /** This member says that the own device is nobody there, and has not proven it. */
  readonly onRefused: (space: Hex) => void;
  readonly onNotice: (certs: readonly Uint8Array[]) => void;
  readonly onEphemeral: (space: Hex, message: Uint8Array) => void;
  /** Whether this device carries for others, and what one says about that: see friends.ts. */
  readonly carries: boolean;
  readonly onCarry: (frame: CarryFrame) => void;
  /** A space's channel opened to a member: presence is sent now. */
  readonly onSpace: (space: Hex) => void;
  /** Once. `mine`: this side ended it. */
  readonly onEnd: (code: ByeCode | 'lost', mine: boolean) => void;
}
