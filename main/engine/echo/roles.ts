/**
 * What a role lets somebody do with the content of a space (protocol §5.2); who may decide about whom is the reducer's.
 *
 * A keeper holds no content key: it is to store and serve what it cannot read. No version makes keepers yet. What one
 * that does will write is understood here all the same, or the two would judge the same entries differently for ever.
 */
import type { Member, MemberDevice, Role } from './replica.ts';

/** Writes data and mints epochs. */
export const isWriter = (role: Role | undefined): boolean => role !== undefined && RANK[role] >= RANK.editor;
/** Is given content keys, and what else tells of the content. */
export const mayRead = (role: Role | undefined): boolean => role !== undefined && RANK[role] >= RANK.reader;

/** Those that an epoch's key is for. */
export const readingDevices = (members: readonly Member[]): readonly MemberDevice[] =>
  members.flatMap(({ role, devices }) => (mayRead(role) ? devices : []));

/** Of two roles that were given at the same time the lower one holds. */
export const RANK = { keeper: 0, reader: 1, editor: 2, admin: 3, owner: 4 } as const;
