import { expect, test } from 'vitest';
import type { SpaceBlobs } from '../engine/blob/blobs.ts';
import type { PeerStatus } from '../engine/mesh/mesh.ts';
import { SpaceBlobStore, type BlobRef } from './blobs.ts';
import type { Unfinished } from './unfinished.ts';

test('what a wanted blob waits for follows from who is connected, and how', () => {
  const state = { here: 0, of: 3, keep: false, whole: false, wanted: true, moving: false, obstacle: undefined };
  const ref: BlobRef = { $blob: 'ab'.repeat(32), key: 'cd'.repeat(32), size: 3 };
  const waitsFor = (...links: readonly PeerStatus['link'][]) => {
    const peers = links.map((link) => ({ connected: link !== undefined, ...(link === undefined ? {} : { link }) }));
    const blobs: Partial<SpaceBlobs> = { state: () => state };
    return new SpaceBlobStore(blobs as SpaceBlobs, {} as Unfinished, () => peers).status(ref).waiting;
  };
  expect(waitsFor()).toBe('nobody');
  expect(waitsFor(undefined)).toBe('nobody');
  expect([waitsFor('lan'), waitsFor('turn', 'direct')]).toEqual(['nobody-has-it', 'nobody-has-it']);
  expect([waitsFor('relayed'), waitsFor('friend')]).toEqual(['no-direct-way', 'no-direct-way']);
  expect(waitsFor('direct', 'friend'), 'who may have it is behind a detour').toBe('no-direct-way');
});
