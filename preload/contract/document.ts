/**
 * The document port: one MessagePort per open note, between a window's editor and the engine's
 * authority for that text. Positions are UTF-16 offsets; change sets are CodeMirror's
 * `ChangeSet.toJSON()`. The window holds no CRDT: it sends what it typed with the version it was
 * typed on, and applies what comes back in order (@codemirror/collab).
 */
import { z } from 'zod';
import type { Person } from './identity.ts';

const position = z.int().min(0).max(16_000_000);
/** Characters of JSON that all updates of one push have at most. */
export const LONGEST_PUSH = 4_000_000;
/** An empty line has three characters of these. */
const MOST_LINES = 1_400_000;
/** `ChangeSet.toJSON()`: characters that stay, or characters that go and the lines that come instead. */
const replacement = z.tuple([position], z.string().max(LONGEST_PUSH)).refine((part) => part.length <= MOST_LINES);
const changes = z.array(z.union([position, replacement])).max(200_000);
export const documentUpdate = z.strictObject({ changes, clientId: z.string().min(1).max(40) });

/** Window → engine. */
export const documentRequest = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('push'),
    version: z.int().min(0),
    updates: z.array(documentUpdate).min(1).max(500),
    /** The editor undid with these what was typed in it, or made that again: they are no steps of their own. */
    kind: z.enum(['undo', 'redo']).optional(),
  }),
  /** This person's last step in the text, whenever it was; answered with `reverted`. */
  z.strictObject({ type: z.literal('undo') }),
  z.strictObject({ type: z.literal('redo') }),
  z.strictObject({ type: z.literal('cursor'), anchor: position, head: position, version: z.int().min(0) }),
  z.strictObject({ type: z.literal('blur') }),
]);
export type DocumentRequest = z.infer<typeof documentRequest>;

export interface DocumentUpdate {
  readonly changes: unknown;
  readonly clientId: string;
}
export interface RemoteCursor extends Person {
  readonly deviceId: string;
  readonly anchor: number;
  readonly head: number;
}
/** Engine → window. */
export type DocumentEvent =
  | { readonly type: 'opened'; readonly version: number; readonly text: string; readonly readOnly: boolean }
  /** Accepted updates from `version` on, one's own included; a push that lost the race comes back with the others' updates to rebase on. */
  | { readonly type: 'updates'; readonly version: number; readonly updates: readonly DocumentUpdate[] }
  /** Everything up to this version is durable on this device. */
  | { readonly type: 'saved'; readonly version: number }
  /** After the updates that do it, when there was something to undo or to make again. */
  | { readonly type: 'reverted'; readonly kind: 'undo' | 'redo'; readonly done: boolean }
  | { readonly type: 'cursors'; readonly cursors: readonly RemoteCursor[] }
  /** The text cannot be edited any more: the note was deleted, the role changed, the disk is full. */
  | { readonly type: 'readOnly'; readonly message: string | null }
  /** The push under way was not taken, whatever the state of the note: for its shape or its size. The port closes then. */
  | { readonly type: 'refused'; readonly message: string }
  /** Sent before the engine closes the port. */
  | { readonly type: 'closed'; readonly message: string };
