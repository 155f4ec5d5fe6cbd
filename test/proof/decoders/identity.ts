/** Rows of table.ts for identity: certificates, recovery words and shares, and what the keychain holds. */
import { encode } from 'cborg';
import { utf8 } from '../../../main/engine/bytes.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { readCert } from '../../../main/engine/halo/cert.ts';
import { verifyChain } from '../../../main/engine/halo/chain.ts';
import { decodeItem, encodeItem } from '../../../main/engine/halo/keychain-item.ts';
import { entropyOf, phraseOf } from '../../../main/engine/halo/phrase.ts';
import { readShare } from '../../../main/engine/halo/share.ts';
import { decodeCbor } from '../../../main/engine/mesh/cbor.ts';
import { input } from '../../vectors/input.ts';
import { person, device } from '../../engine/log/fixture.ts';
import { refusal, SHARE, text, tolerant } from './row.ts';
import type { Decoder } from './trial.ts';

export function ofIdentity(): Decoder[] {
  const ana = person('decoders');
  device(ana, 'decoders 1').close();
  const chain = ana.certs;
  return [
    { name: 'certificate', valid: chain, read: readCert },
    {
      name: 'identity chain',
      valid: [encode(chain)],
      read: (bytes) => {
        const certs = tolerant(() => decodeCbor(bytes));
        return Array.isArray(certs) && certs.every((cert) => cert instanceof Uint8Array) ? verifyChain(certs) : null;
      },
    },
    {
      name: 'recovery phrase as typed',
      valid: [utf8(phraseOf(input('entropy', 16)).join(' '))],
      refuses: refusal(CoveError),
      read: (bytes) => entropyOf(text(bytes)),
    },
    {
      name: 'recovery share as typed',
      valid: [SHARE, `Ana’s share:\n${SHARE.toUpperCase()}\n`].map(utf8),
      refuses: refusal(CoveError),
      read: (bytes) => readShare(text(bytes)),
    },
    {
      name: 'keychain item',
      valid: [utf8(encodeItem({ dms: input('dms'), bootId: input('boot', 16), dbUuid: input('db', 16) }))],
      refuses: refusal(CoveError),
      read: (bytes) => decodeItem(text(bytes)),
    },
    {
      name: 'keychain item, inside its text',
      valid: [encode({ v: 1, dms: input('dms'), bootId: input('boot', 16), dbUuid: input('db', 16) })],
      refuses: refusal(CoveError),
      read: (bytes) => decodeItem(Buffer.from(bytes).toString('base64url')),
    },
  ];
}
