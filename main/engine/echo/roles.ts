/**
 * What a role lets somebody do with the content of a space (protocol §5.2); who may decide about whom is the reducer's.
 *
 * A keeper holds no content key: it stores and serves what it cannot read.
 */
import type { Member, MemberDevice, Role } from './replica.ts';

/** Writes data and mints epochs. */
export const isWriter = (role: Role | undefined): boolean => role !== undefined && RANK[role] >= RANK.editor;
/** Is given content keys, and what else tells of the content. */
export const mayRead = (role: Role | undefined): boolean => role !== undefined && RANK[role] >= RANK.reader;

/** Those that content is for. */
export const readingDevices = (members: readonly Member[]): readonly MemberDevice[] =>
  members.flatMap(({ role, devices }) => (mayRead(role) ? devices : []));

/** A device that is given an epoch's key, or only the half to meet under. */
export interface KeyHolder extends MemberDevice {
  readonly reads: boolean;
}
export const keyHolders = (members: readonly Member[]): readonly KeyHolder[] =>
  members.flatMap(({ role, devices }) => devices.map((device) => ({ ...device, reads: mayRead(role) })));

/** Of two roles that were given at the same time the lower one holds. */
export const RANK = { keeper: 0, reader: 1, editor: 2, admin: 3, owner: 4 } as const;
