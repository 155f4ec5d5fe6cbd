/** Whose device carries, as the window is told. */
import type { Carrier } from '../client/index.ts';
import type { Carrier as Shown } from '../../preload/contract/spaces.ts';
import { straight } from './shown.ts';

export const shownCarrier = ({ own, name, deviceName }: Carrier): Shown => ({
  name: own ? '' : straight(name),
  deviceName,
});
