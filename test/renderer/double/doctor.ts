/** What the double's Doctor finds. */
import type { HostDouble } from '../host-double.ts';
import { BEN, MIRA } from './people.ts';
import { nothing, ok, type Operations, type Topics } from './room.ts';

export const doctor = (double: HostDouble) => ({
  operations: {
    'network.retry': () => nothing,
    'doctor.copy': () => nothing,
  } satisfies Operations,
  topics: {
    doctor: () =>
      ok({
        meetingPoints: double.settings.meetingPoints.map(({ url, state, source, error }) => ({
          url,
          state,
          error,
          own: source === 'own',
          proxy: null,
        })),
        lan: {
          ...{ on: true, addresses: ['192.168.7.2:47632'], failed: false },
          ways: { beacon: { heard: 1, failed: false }, mdns: { heard: 0, failed: false } },
          given: [
            { url: 'ben.local:47632', finding: 'found', deviceId: 'e'.repeat(64) },
            { url: '192.168.9.4:47632', finding: 'closed', deviceId: null },
          ],
          mute: [{ name: 'wg0', ways: ['beacon', 'mdns'] }],
        },
        wayOut: { address: 'symmetric', relays: [{ url: 'turn:turn.example:3478', works: false }] },
        devices: [
          {
            ...BEN,
            deviceId: 'e'.repeat(64),
            deviceName: 'Ben’s laptop',
            own: false,
            finding: 'connected',
            link: 'friend',
            carrier: { name: 'Mira', deviceName: 'Mira’s laptop' },
            lastContact: Date.now() - 3_600_000,
            clockOff: 0,
          },
          {
            ...MIRA,
            deviceId: 'f'.repeat(64),
            deviceName: '',
            own: false,
            finding: 'no-path',
            link: null,
            carrier: null,
            lastContact: null,
            clockOff: 3_600_000,
          },
        ],
      }),
  } satisfies Topics,
});
