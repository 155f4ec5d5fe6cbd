/** Register operations: the check on those that come from peers, and the merging of one's own. */
import { parsePointer } from './json-value.ts';
import { Rejected } from './replica.ts';
import type { DataItem, RegisterOperation } from './replica.ts';

export type Operations = Record<string, RegisterOperation>;

/** The register that says whether an object is deleted; it does not show among the fields. */
export const DELETED_PATH = '/deleted';

/** Throws Rejected for paths that no honest device writes; the shape of items was checked when they were decoded. */
export function checkPaths(items: readonly DataItem[]): void {
  for (const item of items) {
    for (const path in item[1]) {
      if (parsePointer(path) === undefined) throw new Rejected('path');
    }
  }
}

/** Puts later operations on earlier ones of the same entry-to-be: an assign takes what lies below it away. */
export function mergeOperations(into: Operations, later: Readonly<Operations>): void {
  for (const [path, operation] of Object.entries(later)) {
    for (const other of Object.keys(into)) if (other.startsWith(`${path}/`)) delete into[other];
    into[path] = operation;
  }
}
