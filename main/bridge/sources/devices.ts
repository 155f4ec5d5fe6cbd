/** Snapshots of the devices domain. */
import type { AskingDevice, deviceTopics } from '../../../preload/contract/devices.ts';
import type { Client } from '../../client/index.ts';
import { deviceLabels } from '../device-labels.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

export const deviceSources = ({ state }: Environment): Pick<Sources, keyof typeof deviceTopics> => ({
  'devices.list': (_params, emit) => {
    const { devices } = state.client.halo;
    return whenever([(fn) => devices.onChange(fn)], () => {
      const rows = devices.list();
      const label = deviceLabels(rows);
      emit({
        lost: devices.lost ?? null,
        devices: rows.map((row) => ({ ...row, label: label(row.deviceId), lastSeen: row.lastSeen ?? null })),
        asking: asking(state.client),
      });
    });
  },
});

function asking({ halo }: Client): AskingDevice | null {
  for (const { id, waiting } of halo.devices.invitations) {
    if (waiting?.words !== undefined) {
      return { invitationId: id, deviceId: waiting.deviceId, name: waiting.name, words: waiting.words };
    }
  }
  return null;
}
