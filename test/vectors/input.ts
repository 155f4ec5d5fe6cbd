/** What the derivations of this folder share: their inputs and the shape of a vector file. */
import { utf8 } from '../../main/engine/bytes.ts';
import { sha256 } from '../../main/engine/crypto/hash.ts';

export type Frozen = {
  readonly [name: string]: string | number | boolean | null | Frozen | readonly (string | Frozen)[];
};

/** Fixed bytes that look random, at most 32, else throws RangeError: the input of each vector is its name. */
export function input(name: string, length = 32): Uint8Array {
  if (length > 32) throw new RangeError(`${name}: an input has at most 32 bytes`);
  return sha256(utf8(`cove test vector: ${name}`)).slice(0, length);
}
