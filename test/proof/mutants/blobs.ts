/** What is checked of blobs and their blocks. */
import type { Mutant } from './table.ts';

const LINK = 'main/engine/blob/link.ts';
const MANIFEST = 'main/engine/blob/manifest.ts';
const ARCHIVES = 'main/engine/archive/blobs.test.ts';
const HOSTILE = 'test/engine/sync/hostile-blobs.test.ts';

export const BLOBS: readonly Mutant[] = [
  {
    check: 'a block that comes has the hash that was asked for',
    file: LINK,
    find: 'if (!equal(blockHash(block), hash)) return',
    replace: 'if (hash.length === 0) return',
    noticed: HOSTILE,
  },
  {
    check: 'a block is taken only when it was asked for',
    file: LINK,
    find: "if (!asked) return this.#violation('a block that nobody asked for');",
    replace: 'if (!asked) return false;',
    noticed: HOSTILE,
  },
  {
    check: 'a piece is the next one of its block, and as long as it is to be',
    file: LINK,
    find: 'if (offset !== asked.received || total !== asked.total || bytes.length !== length) {',
    replace: 'if (length < 0) {',
    noticed: HOSTILE,
  },
  {
    check: 'what a peer says it lacks was asked of it',
    file: LINK,
    find: "if (!this.#asked.delete(toHex(hash))) return this.#violation('an answer that nobody asked for');",
    replace: 'this.#asked.delete(toHex(hash));',
    noticed: HOSTILE,
  },
  {
    check: 'limit: blocks that a peer asks for and has not been sent',
    file: 'main/engine/blob/serving.ts',
    find: 'if (this.#queue.size > BLOB.queued) return false;',
    replace: '',
    noticed: HOSTILE,
  },
  {
    check: 'a manifest is given to members of its own space',
    file: 'main/engine/blob/store.ts',
    find: "this.#get('SELECT id, manifest, keep FROM blob WHERE space = ? AND blob_id = ?', this.space, id)",
    replace: "this.#get('SELECT id, manifest, keep FROM blob WHERE blob_id = ?', id)",
    noticed: HOSTILE,
  },
  {
    check: 'a manifest is as long as its size makes it',
    file: MANIFEST,
    find: 'if (block.length !== HEAD + count * (HASH + KEY) + SEAL_OVERHEAD) return null;',
    replace: '',
    noticed: 'main/engine/blob/manifest.test.ts',
  },
  {
    check: 'limit: bytes of the blobs of one space',
    file: 'main/engine/blob/blobs.ts',
    find: "if (this.#store.bytes() + bytes > this.#quota.space) return 'blob-space-full';",
    replace: '',
    noticed: 'test/devices/blobs.test.ts',
  },
  {
    check: 'an archive is signed by the device that it names',
    file: 'main/engine/archive/read-archive.ts',
    find: 'if (!isSigned || !(await reader.ended()))',
    replace: 'if (!(await reader.ended()))',
    noticed: ARCHIVES,
  },
  {
    check: 'a chunk in an archive is one of the blob before it',
    file: 'main/engine/archive/blobs.ts',
    find: 'if (n < 0 || block.length > BLOB.chunk + SEAL_OVERHEAD)',
    replace: 'if (block.length > BLOB.chunk + SEAL_OVERHEAD)',
    noticed: ARCHIVES,
  },
  {
    check: 'limit: bytes of a chunk in an archive',
    file: 'main/engine/archive/blobs.ts',
    find: 'if (n < 0 || block.length > BLOB.chunk + SEAL_OVERHEAD)',
    replace: 'if (n < 0)',
    noticed: ARCHIVES,
  },
  {
    check: 'limit: bytes of the blobs of an archive, before any is stored',
    file: 'main/engine/archive/read-archive.ts',
    find: 'blobs?.space(back.replica).demandRoom(order.bytes.chunks, order.bytes.manifests);',
    replace: '',
    noticed: ARCHIVES,
  },
  {
    check: 'as many blobs of an archive are whole as it says',
    file: 'main/engine/archive/read-archive.ts',
    find: "if (blobs && whole.size < end.blobs) throw new CoveError('archive-incomplete');",
    replace: '',
    noticed: ARCHIVES,
  },
];
