/** Inviting and joining by file, for two who have no network between them. The system's own dialogs ask which file. */
import { z } from 'zod';
import type { Person } from './identity.ts';
import { pasted } from './invitations.ts';
import { id16, id32, none, operation, topic, type Failure } from './operation.ts';

/** One join, as one of the two sides sees it. */
export interface FileJoining {
  readonly fileJoinId: string;
  readonly side: 'guest' | 'host';
  /** Of the invitation, on the host's side. */
  readonly invitationId: string;
  /**
   * Guest: 'first' file 1 is carried and file 2 awaited, 'digits' to be typed, 'asked' file 3 is carried and file 4
   * awaited, 'joined'. Host: 'answered' its file is carried and file 3 awaited, 'asking' a person has to agree, 'granted'
   * file 4 is carried, 'arrived', 'refused' file 4 says no. Both: 'ended'.
   */
  readonly state:
    'first' | 'digits' | 'asked' | 'joined' | 'answered' | 'asking' | 'granted' | 'arrived' | 'refused' | 'ended';
  /** The file to be carried now. */
  readonly step: 1 | 2 | 3 | 4 | null;
  readonly wrongCode: boolean;
  readonly attemptsLeft: number;
  /** Host: what to tell this guest. */
  readonly authenticationCode: string | null;
  /** Host: who it is, once that is proven; with approval, who has to be let in. */
  readonly guest: (Person & { readonly deviceId: string; readonly deviceName: string }) | null;
  readonly spaceId: string | null;
  readonly codeEnd: string;
  readonly expiresAt: number;
  readonly ended: Failure | null;
}
export interface TakenJoinFile {
  readonly fileJoinId: string;
  /** How many changes came with it; null: none were in it. */
  readonly changes: number | null;
  /** Why they were not taken in whole. */
  readonly trouble: Failure | null;
}

const join = z.strictObject({ fileJoinId: id16 });
export const fileJoinOperations = {
  /** As a guest; goes on with the one that was begun with this code. */
  'fileJoins.begin': operation(z.strictObject({ text: pasted }))<{ readonly fileJoinId: string }>(),
  /** null: the person chose no file. */
  'fileJoins.take': operation(none)<TakenJoinFile | null>(),
  /** null: the person chose no file. */
  'fileJoins.save': operation(join)<{ readonly bytes: number } | null>(),
  'fileJoins.authenticate': operation(join.extend({ code: z.string().regex(/^[0-9]{6}$/) }))<null>(),
  /** Lets in who asks, or refuses. */
  'fileJoins.answer': operation(join.extend({ deviceId: id32, approve: z.boolean() }))<null>(),
  'fileJoins.cancel': operation(join)<null>(),
  /** Puts the code of an invitation into a text file, never the six digits. null: the person chose no file. */
  'fileJoins.saveCode': operation(z.strictObject({ invitationId: id16 }))<{ readonly saved: true } | null>(),
  /** The code in such a file. null: the person chose none. */
  'fileJoins.readCode': operation(none)<{ readonly code: string } | null>(),
};
export const fileJoinTopics = {
  'fileJoins.one': topic(join)<FileJoining | null>(),
  /** All that are not forgotten, newest first. */
  'fileJoins.list': topic(none)<readonly FileJoining[]>(),
};
