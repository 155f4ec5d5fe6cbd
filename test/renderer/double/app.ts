/** The double's app, its windows and the person at them. */
import type { HostDouble } from '../host-double.ts';
import { ADA } from './people.ts';
import { nothing, ok, type Operations, type Topics } from './room.ts';

export const app = (double: HostDouble) => ({
  operations: {
    'identity.create': ({ name }: { name: string }) => {
      double.ready();
      if (double.status.state === 'ready') double.status = { ...double.status, me: { ...ADA, name } };
      return nothing;
    },
    'identity.rename': ({ name }: { name: string }) => {
      if (double.status.state === 'ready') double.status = { ...double.status, me: { ...double.status.me, name } };
      return nothing;
    },
    'identity.showPhrase': () => nothing,
    'identity.splitPhrase': () => nothing,
    'identity.verify': () => nothing,
    'app.retry': () => nothing,
    'app.recover': () => nothing,
    'app.setAside': () => ({ ok: true, value: null }),
    'app.usePassphrase': () => nothing,
    'app.quit': () => nothing,
    'window.new': () => nothing,
    'window.commands': () => nothing,
    'links.open': () => nothing,
  } satisfies Operations,
  topics: {
    'app.status': () => ok(double.status),
  } satisfies Topics,
});
