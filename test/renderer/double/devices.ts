/** The person's other devices in the double, and backups. */
import type { BackupsView } from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import { createInvitation } from './invitations.ts';
import { nothing, ok, type Operations, type Topics } from './room.ts';

const DEVICES = [
  { name: 'Ada’s laptop', current: true, online: true, lastSeen: null, senior: false },
  { name: 'Ada’s phone', current: false, online: false, lastSeen: Date.now() - 7_200_000, senior: false },
  { name: 'Ada’s tablet', current: false, online: false, lastSeen: null, senior: true },
].map((row, i) => ({ ...row, label: row.name, deviceId: String(i).repeat(64) }));

export const BACKUPS: BackupsView = {
  folder: '/home/ada/.local/share/cove/backups',
  latest: Date.now() - 7_200_000,
  failing: null,
};

export const devices = (double: HostDouble) => ({
  operations: {
    // As a space's: a device's own differs in what its dialog says.
    'devices.invite': () => createInvitation(double, { spaceId: 'f'.repeat(64) }),
    'devices.answer': () => nothing,
    'devices.link': () => ({ ok: true, value: { joiningId: double.id(32) } }),
    'devices.rename': () => nothing,
    'devices.revoke': () => nothing,
    'devices.revokeWithPhrase': () => nothing,
    'backups.save': () => ({ ok: true, value: { saved: true } }),
    'devices.recover': () => nothing,
  } satisfies Operations,
  topics: {
    'devices.list': () =>
      ok({
        lost: double.lostDevices,
        devices: DEVICES.slice(0, double.lostDevices === 'unknown' ? 1 : double.tablet ? 3 : 2),
        asking: null,
      }),
    backups: () => ok(double.backups),
  } satisfies Topics,
});
