/** The fake BlockFiles: what was written stays for as long as the object. */
import type { BlockFiles } from '../../main/engine/ports.ts';

export function createMemoryBlockFiles(): BlockFiles {
  const files = new Map<string, Uint8Array>();
  return {
    async write(blocks) {
      for (const [name, bytes] of blocks) files.set(name, bytes.slice());
      return Promise.resolve();
    },
    read: (name) => files.get(name)?.slice(),
    delete: (name) => void files.delete(name),
    names: () => [...files.keys()],
  };
}
