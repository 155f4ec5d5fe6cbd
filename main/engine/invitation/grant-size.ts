/**
 * A grant that has grown too large for its way: what can be left out of it, and when nothing more can be. Every removal
 * mints an epoch, at 200 bytes for each device there is. Whoever joins needs the entry of the present one: the keys of all
 * are in the key ring, and the entries of those before come with the space itself.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { decodeControl } from '../echo/control.ts';
import type { RawEntry } from '../echo/replica.ts';
import { LIMITS } from './limits.ts';
import { encodeGrant } from './messages.ts';
import type { GrantLetter } from './messages.ts';

/** Without the epochs before the present one. */
export function brief(letter: GrantLetter, epoch: Hex): GrantLetter {
  const isOver = ([, payload]: RawEntry): boolean => {
    const control = payload && decodeControl(payload);
    return control?.[0] === 'KeyEpoch' && toHex(control[1].keyId) !== epoch;
  };
  const control = letter.grant.control.filter((entry) => !isOver(entry));
  return { ...letter, grant: { ...letter.grant, control } };
}

/** What an invitation can carry of it: all, or else the brief one; undefined when that is too large as well. */
export function fitting(letter: GrantLetter, epoch: Hex, most: number = LIMITS.grant): GrantLetter | undefined {
  const fits = (one: GrantLetter): boolean =>
    Math.max(one.grant.control.length, one.grant.keyRing.length) <= LIMITS.grantEntries &&
    encodeGrant(one).length <= most;
  if (fits(letter)) return letter;
  const short = brief(letter, epoch);
  return fits(short) ? short : undefined;
}
