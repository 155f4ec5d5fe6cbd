/**
 * The decoders of bytes that come from a peer, a meeting point, a window, a person's clipboard or a file. A new decoder
 * gets a row in one of the files beside this. Where bytes arrive sealed, the mutations are made inside the seal: an
 * honest key in a hostile hand.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ofEntries } from './entries.ts';
import { ofIdentity } from './identity.ts';
import { ofInvitations } from './invitations.ts';
import { ofMembers } from './members.ts';
import { ofNetwork } from './network.ts';
import { ofSessions } from './sessions.ts';
import type { Decoder } from './trial.ts';
import { ofFiles, ofWindows } from './windows.ts';

/** `folder`: for decoders of files. */
export function decoders(folder: string): readonly Decoder[] {
  return [
    ...ofEntries(),
    ...ofIdentity(),
    ...ofNetwork(),
    ...ofMembers(),
    ...ofSessions(),
    ...ofInvitations(),
    ...ofWindows(),
    ...ofFiles(folder),
  ];
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'cove-decoders-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
