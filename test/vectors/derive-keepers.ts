/** What only keepers are given, and what makes them. */
import { concat, toHex, utf8 } from '../../main/engine/bytes.ts';
import { boxKeyPair, sealTo } from '../../main/engine/crypto/box.ts';
import { meetingKeys } from '../../main/engine/crypto/keys.ts';
import { encodeControl } from '../../main/engine/echo/control.ts';
import type { Control } from '../../main/engine/echo/control.ts';
import { wrapped } from '../../main/engine/echo/epochs.ts';
import { encodeCode } from '../../main/engine/invitation/code.ts';
import { encodeGrant } from '../../main/engine/invitation/messages.ts';
import { letter } from './derive-messages.ts';
import { input } from './input.ts';
import type { Frozen } from './input.ts';

const id = (name: string) => input(name, 16);

/** What makes a keeper: the role, and a wrap of M_e, space and keyId alone. */
const KEEPERS = (): readonly Control[] => [
  [
    'MemberAdmit',
    { identityId: input('identity'), chain: [utf8('certificate')], role: 'keeper', invId: id('invitation') },
  ],
  ['MemberRole', { identityId: input('identity'), role: 'keeper' }],
  ['KeyEpoch', { keyId: id('epoch'), wraps: [[input('device'), new Uint8Array(128).fill(7)]] }],
];
export const deriveKeepers = (): Frozen =>
  Object.fromEntries(KEEPERS().map((operation) => [operation[0], toHex(encodeControl(operation))]));

/** What a keeper is given: the half of an epoch, in a wrap and in a grant, and by a code that says so. */
export function deriveKeeperKeys(): Frozen {
  const { pk } = boxKeyPair(input('box'));
  const [meetingKey, space, keyId] = [input('meetingKey'), input('space'), id('epoch')];
  const wrap = sealTo(pk, wrapped(meetingKey, space, keyId), input('ephemeral'));
  const { grant, ...rest } = letter();
  const keyRing = [concat(meetingKey, keyId)];
  return {
    keys: Object.fromEntries(Object.entries(meetingKeys(meetingKey, space, keyId)).map(([key, value]) => [key, toHex(value as Uint8Array)])),
    wrap: toHex(wrap),
    grant: toHex(encodeGrant({ ...rest, grant: { ...grant, keyRing, role: 'keeper' } })),
    code: encodeCode({
      ...({ kind: 'space', multiUse: false, keeper: true, expires: 1_750_000_020_000 } as const),
      ...{ secret: id('S'), pkHash: id('pkHash') },
    }),
  };
}

