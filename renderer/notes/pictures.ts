/** The pictures of a space, for the editors of its notes. */
import { LARGEST_PICTURE } from '../../preload/contract/picture-address.ts';
import { messages } from '../messages/index.ts';
import type { Workspace } from '../state/workspace.svelte.ts';
import type { Pictures } from './editor/pictures.ts';

/** Bytes that take long enough to say so. */
const LARGE = 4 * 1024 * 1024;

export function picturesFor(workspace: Workspace, spaceId: string): Pictures {
  const { host, toasts } = workspace;
  return {
    spaceId,
    watch: (fileId, tell) =>
      host.subscribe('pictures.one', { spaceId, fileId }, (picture) => tell(picture.ok ? picture.value : null)),
    async add(file) {
      if (file.size > LARGEST_PICTURE) {
        toasts.fail(messages.pictures.tooLarge);
        return null;
      }
      if (file.size > LARGE) toasts.say(messages.pictures.storing);
      const bytes = await file.arrayBuffer().then(
        (read) => new Uint8Array(read),
        () => null,
      );
      if (bytes === null) {
        toasts.fail(messages.pictures.unread);
        return null;
      }
      const added = await workspace.run('pictures.add', { spaceId, name: file.name.slice(0, 255), bytes });
      if (added && added.cameraData !== 'none') toasts.say(messages.pictures.cameraData[added.cameraData]);
      return added?.fileId ?? null;
    },
    enlarge(fileId, name) {
      workspace.dialog = { kind: 'picture', spaceId, fileId, name };
    },
    async save(fileId) {
      const saved = await workspace.run('pictures.save', { spaceId, fileId });
      if (saved) toasts.say(messages.pictures.saved(saved.name));
    },
  };
}
