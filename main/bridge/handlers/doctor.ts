/** Answers the doctor domain of the contract. */
import { clipboard } from 'electron';
import type { doctorOperations } from '../../../preload/contract/doctor.ts';
import { doctorReport } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';

export function doctorHandlers({ state, version }: Environment): Pick<Handlers, keyof typeof doctorOperations> {
  return {
    'doctor.copy': async () => {
      const about = { version, system: `${process.platform} ${process.arch}` };
      const { mesh } = state.client;
      const wayOut = await mesh.checkWayOut();
      await clipboard.writeText(doctorReport(mesh.examine(), about, Date.now(), wayOut));
      return null;
    },
  };
}
