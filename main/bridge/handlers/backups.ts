/** Answers the backups domain of the contract. */
import type { backupOperations } from '../../../preload/contract/backups.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';

export function backupHandlers({ state, windows }: Environment): Pick<Handlers, keyof typeof backupOperations> {
  return {
    'backups.save': async (_input, { contents }) => {
      const file = await windows.askWhereToSave(contents, 'Cove.backup');
      if (file !== undefined) await state.client.halo.backups.save(file);
      return { saved: file !== undefined };
    },
  };
}
