/** What the workload writes down: what was acknowledged, and what has left the machine. */
import type { Hex } from '../../../main/engine/bytes.ts';

export type Fact =
  /** The keychain holds this item now; it is not on the disk that is cut. */
  | { readonly keychain: string }
  | { readonly identity: true }
  | { readonly space: Hex }
  | { readonly invitation: Hex }
  /** Titles of one object only ever grow: `⟨step⟩`. */
  | { readonly object: Hex; readonly title: string }
  /** This is somewhere in the object's text. */
  | { readonly object: Hex; readonly token: string }
  | { readonly left: readonly SentHead[] };

export interface SentHead {
  readonly space: Hex;
  readonly log: Hex;
  readonly seq: number;
  readonly hash: Hex;
}

export interface Workload {
  readonly facts: readonly Fact[];
  /** The peer's database just after it joined, base64: from it, any set of entries can be applied from scratch. */
  readonly witness: string;
  readonly witnessKeychain: readonly (readonly [account: string, secret: string])[];
}
