/** Rows of table.ts for invitations: codes, messages, files of a join, signals. */
import { encode } from 'cborg';
import { utf8 } from '../../../main/engine/bytes.ts';
import { xchachaSeal } from '../../../main/engine/crypto/aead.ts';
import * as keys from '../../../main/engine/crypto/keys.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { encodeJoinFile, headOf, PartReader, readJoinFile } from '../../../main/engine/invitation/by-file/format.ts';
import { decodeCode, encodeCode } from '../../../main/engine/invitation/code.ts';
import { decodeMessage, grantMessages, readGrant } from '../../../main/engine/invitation/messages.ts';
import { openSignal as openInvitationSignal } from '../../../main/engine/invitation/signals.ts';
import { isLink } from '../../../main/shell/link.ts';
import invitationMessages from '../../vectors/invitation-messages.json' with { type: 'json' };
import { input } from '../../vectors/input.ts';
import { hexes, refusal, text } from './row.ts';
import type { Decoder } from './trial.ts';

export function ofInvitations(): Decoder[] {
  const { topic, signalKey } = keys.inviteKeys(input('S', 16), input('pkHash', 16));
  const code = encodeCode({
    kind: 'space',
    multiUse: true,
    expires: 1_800_000_000_000 - (1_800_000_000_000 % 60_000),
    address: { ip: '192.168.1.7', port: 1883 },
    url: 'mqtts://meet.example:8883/x',
    secret: input('S', 16),
    pkHash: input('pkHash', 16),
  });
  const letter = {
    host: input('device'),
    spaceId: input('space'),
    grant: {
      genesis: [new Uint8Array(184), utf8('genesis')] as const,
      control: [[new Uint8Array(184), utf8('control')] as const],
      keyRing: [new Uint8Array(64).fill(5)],
      role: 'editor' as const,
      admitEntryHash: input('hash'),
    },
  };
  const names = { nG: input('nG', 16), nH: input('nH', 16) };
  const signals = [
    [1, { v: 1, nG: names.nG, caps: [] }],
    [2, { ...names, hostPk: input('hostPk'), busy: false }],
    [3, { ...names, sdp: 'v=0 offer' }],
    [5, { ...names, seq: 2, candidate: 'candidate:1', mid: '0' }],
    [7, { nG: names.nG, reason: 'locked' }],
  ] as const;
  return [
    {
      name: 'invitation code with text around it',
      valid: [code, `Join me: cove://join#${code}.`, `<${code.toUpperCase()}>`].map(utf8),
      refuses: refusal(CoveError),
      read: (bytes) => decodeCode(text(bytes)),
    },
    { name: 'deep link', valid: [utf8(`cove://join#${code}`)], read: (bytes) => isLink(text(bytes)) },
    { name: 'invitation message', valid: hexes(invitationMessages.messages), read: decodeMessage },
    {
      name: 'grant',
      valid: [Buffer.concat(grantMessages(letter).map(({ part }) => part))],
      read: readGrant,
    },
    {
      name: 'file of a join without a network, its parts still sealed',
      valid: [1, 2, 3].map((parts) =>
        encodeJoinFile(
          headOf(3, input('id', 16)),
          ...Array<Uint8Array>(parts).fill(Uint8Array.of(0, 0, 0, 3, 1, 2, 3)),
        ),
      ),
      refuses: refusal(CoveError),
      read: (bytes) => new PartReader(readJoinFile(bytes)).left > 0,
    },
    {
      name: 'signal of an invitation, inside its seal',
      valid: signals.map(([number, fields]) => Buffer.concat([Uint8Array.of(number), encode(fields)])),
      read: (bytes) => {
        const body = bytes.subarray(1);
        const plain = new Uint8Array(8192 - 41);
        new DataView(plain.buffer).setUint16(0, body.length);
        plain.set(body.subarray(0, plain.length - 2), 2);
        const number = Uint8Array.of(bytes[0] ?? 0);
        const nonce = input('nonce', 24);
        const aad = Buffer.concat([utf8(topic), number]);
        const message = Buffer.concat([number, nonce, xchachaSeal(signalKey, nonce, aad, plain)]);
        return openInvitationSignal({ key: signalKey, topic }, message);
      },
    },
  ];
}
