/** What a role may do, as far as the interface offers it. The engine decides; this only hides what it would refuse. */
import type { SpaceRole, SpaceSummary } from '../../preload/contract/index.ts';

export function mayManage(role: SpaceRole | null): boolean {
  return role === 'owner' || role === 'admin';
}
export function mayEdit(role: SpaceRole | null): boolean {
  return mayManage(role) || role === 'editor';
}
/** Whether its changes can still go from one member to another. */
export function syncs({ role, ended }: Pick<SpaceSummary, 'role' | 'ended'>): boolean {
  return role !== null && ended === null;
}
