/** Adding a picture to a note says what the person would not see. */
import { expect, test } from 'vitest';
import type { CameraData } from '../../preload/contract/pictures.ts';
import type { Workspace } from '../state/workspace.svelte.ts';
import { picturesFor } from './pictures.ts';

async function said(cameraData: CameraData): Promise<readonly string[]> {
  const all: string[] = [];
  const workspace = {
    toasts: { say: (text: string) => all.push(text), fail: (text: string) => all.push(text) },
    run: (operation: string) => Promise.resolve(operation === 'pictures.add' ? { fileId: 'f1', cameraData } : null),
  } as unknown as Workspace;
  expect(await picturesFor(workspace, 's1').add(new File(['a picture'], 'bed.jpg'))).toBe('f1');
  return all;
}

test('whoever adds a picture hears of what its camera wrote into it, and of nothing where there is nothing', async () => {
  expect(await said('left-out')).toEqual([expect.stringContaining('is left out')]);
  expect(await said('kept')).toEqual([expect.stringContaining('goes to everybody')]);
  expect(await said('none')).toEqual([]);
});
