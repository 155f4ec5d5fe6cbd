/** Under which epochs a space's devices are listened for (protocol §7.2). */
import type { SpaceLog } from './deliver.ts';
import type { HeldEpoch, LogHead, MeetingKeys } from './replica.ts';

/** The entry of the clean epoch; undefined while there is none, or its entry is not here. */
export function cleanHead({ authority, keys }: SpaceLog): LogHead | undefined {
  const epoch = authority.epochs().find(({ keyId, clean }) => clean && keys.meeting(keyId));
  return epoch && authority.headOf(epoch.hash);
}

/** Whether a later epoch is the present one, of which no key is held. */
export function missesPresent({ authority, keys }: SpaceLog): boolean {
  const [present] = authority.epochs();
  return present !== undefined && keys.meeting(present.keyId) === undefined;
}

/** Valid ones, the clean one first; then those whose KeyEpoch is not here yet: a grant's, in the first moments. */
export function listening({ authority, keys }: SpaceLog, most: number): readonly MeetingKeys[] {
  const valid = authority.epochs().flatMap(({ keyId }) => keys.meeting(keyId) ?? []);
  return [...new Set([...valid, ...keys.allMeeting()])].slice(0, most);
}

/** Valid ones in that order, each with its entry, where both are here. */
export function heldEpochs({ authority, keys }: SpaceLog): readonly HeldEpoch[] {
  return authority.epochs().flatMap(({ keyId, hash }) => {
    const [meeting, head] = [keys.meeting(keyId), authority.headOf(hash)];
    return meeting && head ? [{ keys: meeting, head }] : [];
  });
}
