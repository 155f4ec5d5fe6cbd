/**
 * Active attacks on the files by which two without a network join: each byte of each file changed, files cut, lengthened,
 * repeated and swapped with another join's. None leads to a member, and none changes what either side has stored.
 */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { CoveError } from '../../main/engine/errors.ts';
import type { FileJoin } from '../../main/engine/invitation/by-file/file-join.ts';
import { person, type Person } from '../attack/harness/people.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { record, sized } from './scale.ts';

const BITS = sized({ share: 1, proof: 8, nightly: 8 });
const MEETINGS = sized({ share: 1, proof: 2, nightly: 20 });

beforeAll(ready);

const bytesOf = (join: FileJoin): Uint8Array => join.file() as Uint8Array;
const stored = ({ storage }: Person): string =>
  JSON.stringify(
    ['file_join', 'invitation', 'invitation_use', 'guest_invitation', 'entry', 'space'].map((table) =>
      storage.prepare(`SELECT * FROM ${table}`).all(),
    ),
    (_key, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value),
  );

/** Two joins side by side, step by step: what each side is to take, and what the other join says in its place. */
async function meeting(
  seed: number,
  attack: (who: Person, file: Uint8Array, other: Uint8Array, seen: Uint8Array[]) => void,
) {
  const net = new SimNet({ seed });
  const [host, guest, other] = [await person(net, 'ann'), await person(net, 'ben'), await person(net, 'cleo')];
  const invitation = host.invitations.create(host.replicas.create(), { multiUse: true });
  const joins = [guest, other].map((who) => who.invitations.byFile.begin(invitation.code));
  const seen: Uint8Array[] = [];
  const step = (to: (of: number) => Person, from: readonly FileJoin[]): FileJoin[] => {
    const [mine, also] = from.map(bytesOf) as [Uint8Array, Uint8Array];
    attack(to(0), mine, also, seen);
    seen.push(mine);
    return [mine, also].map((file, of) => to(of).invitations.byFile.take(file));
  };
  const guests = (of: number): Person => [guest, other][of] as Person;
  const answered = step(() => host, joins);
  step(guests, answered);
  joins.forEach((join, of) => join.authenticate(answered[of]?.authenticationCode as string));
  step(() => host, joins);
  step(guests, answered);
  return joins.map(({ state }) => state);
}

test(
  'no file of a join that was touched on the way is taken',
  { timeout: sized({ share: 120_000, proof: 0, nightly: 0 }) },
  async () => {
    let tried = 0;
    let taken = 0;
    let untouched = 0;
    for (let seed = 1; seed <= MEETINGS; seed++) {
      const ends = await meeting(seed, (who, file, other, seen) => {
        const before = stored(who);
        const head = 36;
        const touched = [
          ...Array.from({ length: BITS * file.length }, (_, i) => {
            const bit = 1 << ((Math.floor(i / file.length) + i + seed) & 7);
            return file.map((byte, j) => (j === i % file.length ? byte ^ bit : byte));
          }),
          ...[0, 1, 18, 19, 20, head, file.length >> 1, file.length - 1].map((length) => file.slice(0, length)),
          Uint8Array.of(...file, 0),
          Uint8Array.of(...file.slice(0, head), ...other.slice(head)),
          Uint8Array.of(...other.slice(0, head), ...file.slice(head)),
          // What this side said itself; what it took before may come again, and does nothing.
          ...seen.slice(-1),
        ];
        for (const one of touched) {
          tried++;
          try {
            who.invitations.byFile.take(one);
            taken++;
          } catch (error) {
            expect(error).toBeInstanceOf(CoveError);
          }
        }
        expect(stored(who)).toBe(before);
      });
      if (ends.every((state) => state === 'joined')) untouched++;
    }
    expect(taken).toBe(0);
    record({
      id: 'S3',
      promise: 'Whoever changes, cuts, repeats or swaps a file of a join without a network lets nobody in by it',
      figure: `${tried} touched files, ${taken} taken`,
      control: {
        planted: `the files as they were: ${untouched} of ${MEETINGS} joins done`,
        caught: untouched === MEETINGS,
      },
    });
  },
);
