/** Which commands a window offers to whom. */
import { expect, test } from 'vitest';
import type { SpaceRole, SpaceSummary } from '../../preload/contract/index.ts';
import type { Workspace } from '../state/workspace.svelte.ts';
import { available } from './commands.ts';

function offered(role: SpaceRole | null): readonly string[] {
  const space: Pick<SpaceSummary, 'spaceId' | 'name' | 'role' | 'ended'> = { spaceId: '', name: '', role, ended: null };
  const workspace: Pick<Workspace, 'noteId' | 'revoked'> = { noteId: null, revoked: false };
  return available({ ...workspace, space } as Workspace).map(({ id }) => id);
}

test('a space goes out as files wherever it can be read, and others come in everywhere', () => {
  for (const role of ['owner', 'editor', 'reader', null] as const) expect(offered(role)).toContain('files');
  expect(offered('keeper')).not.toContain('files');
  expect(offered('keeper')).toContain('import-space');
});
