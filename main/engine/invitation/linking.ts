/**
 * A new device's side of a device invitation (protocol §5.4): the same code, digits and states as for a space, but
 * there is no profile yet. Its keys exist in memory only until the admission is here; then profile, identity and the
 * halo space's grant are stored in one transaction, and the program starts its engine.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { inviteKeys } from '../crypto/keys.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { makeDevicePop } from '../halo/cert.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { NewDeviceSeat, ReadyProfile } from '../halo/profile.ts';
import { encodeCode } from './code.ts';
import type { InvitationCode } from './code.ts';
import type { Adopted, GuestInvitation } from './invitation.ts';
import { Joining } from './joining.ts';
import { LIMITS } from './limits.ts';
import { encodeGrant } from './messages.ts';
import type { GrantLetter } from './messages.ts';
import type { LinkTerms, MeetingParts } from './parts.ts';

export interface LinkingOptions {
  readonly parts: MeetingParts;
  readonly code: InvitationCode;
  readonly seat: NewDeviceSeat;
  /** Attempts left by invitation: there is no database yet to count them in, so they are counted for this run. */
  readonly attempts: Map<Hex, number>;
  /** The profile is complete: starts the engine, which joins the halo space, and takes the channel over. */
  readonly started: (profile: ReadyProfile) => { readonly halo: Replica; readonly adopt: (adopted: Adopted) => void };
  readonly onChange: () => void;
}

export interface Linking {
  readonly invitation: GuestInvitation;
  /** Stops without a trace: nothing was stored before the end. */
  close(): void;
}

/** Throws CoveError('not-a-device-code'). */
export function linkDevice({ parts, code, seat, attempts, started, onChange }: LinkingOptions): Linking {
  if (code.kind !== 'device') throw new CoveError('not-a-device-code');
  const { keys, name } = seat;
  const { invId } = inviteKeys(code.secret, code.pkHash);
  const left = (): number => attempts.get(toHex(invId)) ?? LIMITS.fails;
  let terms: LinkTerms | undefined;
  let adopt: ((adopted: Adopted) => void) | undefined;
  const joining = new Joining({
    parts,
    code: { ...code, secret: code.secret.slice() },
    row: rowOf(parts, code, invId, left()),
    store: {
      move: () => undefined,
      end: () => undefined,
      spend: () => left() > 0 && attempts.set(toHex(invId), left() - 1) === attempts,
      refund: () => void attempts.set(toHex(invId), left() + 1),
    },
    onChange,
    entrance: {
      device: keys.sign,
      asks: {
        device: { noisePk: keys.noise.pk, boxPk: keys.box.pk, name },
        prove: (told) => {
          terms = told;
          return makeDevicePop(keys, told.identityId, told.by, told.prev);
        },
      },
      async store(letter) {
        const linked = checked(letter, terms, keys.sign.pk);
        const engine = started(await seat.link(linked));
        adopt = engine.adopt;
        return engine.halo;
      },
      adopt: (adopted) => adopt?.(adopted),
    },
  });
  joining.start();
  return { invitation: joining.invitation, close: () => joining.close() };
}

/** The chain is of the identity that was named and admits this device; the host is a device of it as well. */
function checked(letter: GrantLetter, terms: LinkTerms | undefined, self: Uint8Array) {
  const { link, host } = letter;
  const state = link && verifyChain(link.chain);
  if (!link || !terms || !state || state instanceof ChainFault) throw new CoveError('refused');
  const valid = (id: Uint8Array): boolean => state.devices.get(toHex(id))?.revoked === false;
  if (!equal(state.identityId, terms.identityId) || !equal(host, terms.by) || !valid(host) || !valid(self)) {
    throw new CoveError('refused');
  }
  const { link: _, ...rest } = letter;
  return { ...link, identityId: terms.identityId, haloGrant: encodeGrant(rest) };
}

function rowOf({ clock, loopback }: MeetingParts, code: InvitationCode, invId: Uint8Array, attemptsLeft: number) {
  return {
    ...({ invId, code: encodeCode(code, loopback ? { loopback } : {}), state: 'decoded', error: null } as const),
    ...{ attemptsLeft, spaceId: null, created: clock.now(), expires: code.expires },
  };
}
