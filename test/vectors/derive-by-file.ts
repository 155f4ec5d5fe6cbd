/** The files by which two without a network join: a wrong code and then the right one, from fixed values. */
import { toHex, utf8 } from '../../main/engine/bytes.ts';
import { boxKeyPair } from '../../main/engine/crypto/box.ts';
import * as keys from '../../main/engine/crypto/keys.ts';
import { begin, conclude, meet, prove } from '../../main/engine/invitation/by-file/guest-steps.ts';
import type { GuestSelf, KeptMet } from '../../main/engine/invitation/by-file/guest-steps.ts';
import { answer, judge } from '../../main/engine/invitation/by-file/host-steps.ts';
import { readJoinFile } from '../../main/engine/invitation/by-file/format.ts';
import type { Door } from '../../main/engine/invitation/hosting.ts';
import { grantMessages } from '../../main/engine/invitation/messages.ts';
import type { GrantLetter } from '../../main/engine/invitation/messages.ts';
import { draws } from './derive-messages.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

const id = (name: string) => input(name, 16);

export function deriveJoinFiles(): Frozen {
  const host = boxKeyPair(input('hostSk'));
  const pkHash = keys.invitePkHash(host.pk);
  const own = keys.inviteKeys(id('S'), pkHash);
  const terms = { code: { pkHash, multiUse: false }, keys: own };
  const { sign } = keys.deviceKeys(input('dms'));
  const ledger = { left: () => 3, spend: () => true, refund: () => undefined };
  const guest: GuestSelf = { device: sign, chain: () => [utf8('certificate')], ledger, random: draws('guest') };
  const letter: GrantLetter = {
    host: input('device'),
    spaceId: input('space'),
    grant: {
      genesis: [utf8('entry'), utf8('payload')],
      control: [],
      keyRing: [new Uint8Array(64).fill(5)],
      role: 'editor',
      admitEntryHash: input('hash'),
    },
  };
  const record = {
    row: { invId: own.invId, hostPk: host.pk, flags: 0, maxUses: 1, secrets: { authCode: '314159' } },
    ...{ ended: () => null, count: () => true, match: () => undefined, miss: () => 2, drop: () => undefined },
    ...{ terms: () => null, needsApproval: () => false, admit: () => letter },
  };
  const door = { record, keys: own, host } as unknown as Door;
  const at = draws('host');

  const one = begin(terms, draws('guest first'));
  const file = (bytes: Uint8Array) => readJoinFile(bytes);
  const two = present(answer(door, file(one.file), at));
  const met = meet(terms, one.kept, file(two.file));
  const typed = (kept: KeptMet, digits: string) => prove(terms, kept, utf8(digits), guest, file(one.file).id);
  const three = typed(met, '271828');
  const bad = judge(door, two.kept, file(three.file), at);
  if (bad.type !== 'wrong') throw new Error('the wrong code passed');
  const again = conclude(terms, three.kept, file(bad.file), guest);
  if (again.type !== 'wrong') throw new Error('the wrong code passed');
  const next = typed(again.kept, '314159');
  const yes = judge(door, bad.kept, file(next.file), at);
  if (yes.type !== 'granted') throw new Error('the right code did not pass');
  if (conclude(terms, next.kept, file(yes.file), guest).type !== 'granted') throw new Error('no grant');
  return {
    id: toHex(file(one.file).id),
    h: toHex(met.h),
    first: toHex(one.file),
    second: toHex(two.file),
    thirdWrong: toHex(three.file),
    fourthWrong: toHex(bad.file),
    third: toHex(next.file),
    fourth: toHex(yes.file),
    grantMessages: String(grantMessages(letter).length),
  };
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('not for this invitation');
  return value;
}
