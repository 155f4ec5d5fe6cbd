/** What a role may do, as far as the interface offers it. The engine decides; this only hides what it would refuse. */
import type { SpaceRole, SpaceSummary } from '../../preload/contract/index.ts';
import { messages } from '../messages/index.ts';

export function mayManage(role: SpaceRole | null): boolean {
  return role === 'owner' || role === 'admin';
}
export function mayEdit(role: SpaceRole | null): boolean {
  return mayManage(role) || role === 'editor';
}
/** Whoever is no member any more, or never was, reads the copy that is here. */
export function reads(role: SpaceRole | null): boolean {
  return role !== 'keeper';
}
/** Without a name where that is still on its way, or not for this device to read. */
export const spaceName = ({ name, role }: Pick<SpaceSummary, 'name' | 'role'>): string =>
  name || (role === 'keeper' ? messages.spaces.kept : messages.spaces.unnamed);
/** Whether its changes can still go from one member to another. */
export function syncs({ role, ended }: Pick<SpaceSummary, 'role' | 'ended'>): boolean {
  return role !== null && ended === null;
}
/**
 * How somebody can be rid of a space: of the copy here, going on with it on another device, or of the space. An owner
 * stays one: who is responsible for it deletes it. Whom nobody knows here has the copy alone to delete: his leaving
 * would reach nobody now, and could end his membership after a new invitation.
 */
export function waysOut({ role, ended, sync }: SpaceSummary): readonly ('leave' | 'copy' | 'everyone')[] {
  if (ended !== null || role === null || sync.state === 'unknown') return ['copy'];
  return role === 'owner' ? ['copy', 'everyone'] : ['copy', 'leave'];
}
