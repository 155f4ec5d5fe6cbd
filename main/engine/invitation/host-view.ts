/** What the person at the host, the SDK and the windows see of an invitation: always the present state. */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Cancel } from '../ports.ts';
import type { HostRow, UseRow } from './host-store.ts';
import type { Guest, HostInvitation, HostState } from './invitation.ts';

export interface HostSource {
  readonly row: () => HostRow;
  readonly guests: () => readonly UseRow[];
  readonly state: () => HostState;
  readonly spaceKey: () => Hex;
  readonly waiting: () => Guest | null;
  readonly approve: (deviceId: Hex, approved: boolean) => void;
  readonly revoke: () => void;
  readonly onChange: (fn: () => void) => Cancel;
}

export function presentHost(source: HostSource): HostInvitation {
  const { invId, kind, role, maxUses, created, expires } = source.row();
  return {
    id: toHex(invId),
    kind,
    get spaceKey() {
      return source.spaceKey();
    },
    get code() {
      return source.row().secrets?.code ?? '';
    },
    get authenticationCode() {
      return source.row().secrets?.authCode ?? null;
    },
    get state() {
      return source.state();
    },
    role,
    multiUse: maxUses > 1,
    created,
    expires,
    get uses() {
      return source.guests().length;
    },
    maxUses,
    get fails() {
      return source.row().fails;
    },
    get guests() {
      return source.guests().map(guestOf);
    },
    get waiting() {
      return source.waiting();
    },
    approve: source.approve,
    revoke: source.revoke,
    onChange: source.onChange,
  };
}

function guestOf({ deviceId, identityId, name }: UseRow): Guest {
  const identity = identityId ? toHex(identityId) : '';
  return { deviceId: toHex(deviceId), identityId: identity, name: name ?? '', avatar: '', deviceName: '' };
}
