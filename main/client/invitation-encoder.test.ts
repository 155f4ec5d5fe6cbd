import { expect, test } from 'vitest';
import { ready } from '../engine/crypto/sodium.ts';
import { decodeCode, encodeCode } from '../engine/invitation/code.ts';
import { InvitationEncoder } from './invitation-encoder.ts';

test('a code of a client that is bound to the loopback is read, whatever the environment says', async () => {
  await ready();
  const code = encodeCode(
    {
      ...({ kind: 'space', multiUse: false, expires: 60_000, address: { ip: '127.0.0.1', port: 1 } } as const),
      ...{ secret: new Uint8Array(16), pkHash: new Uint8Array(16) },
    },
    { loopback: true },
  );
  expect(InvitationEncoder.decode(`Here: ${code}.`)).toEqual({ code, kind: 'space', expiresAt: 60_000 });
  // The engine still refuses it where no loopback is bound.
  expect(() => decodeCode(code)).toThrow(expect.objectContaining({ type: 'code-invalid' }));
});
