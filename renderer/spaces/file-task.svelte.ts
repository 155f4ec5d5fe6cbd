/** For a dialog that writes or reads a space's files: the one long work of that kind, and whether to wait for it. */
import { onDestroy } from 'svelte';
import { live } from '../state/live.svelte.ts';
import type { Workspace } from '../state/workspace.svelte.ts';

export class FileWork {
  readonly #task;
  /** A call of this dialog is under way; the system's own dialog may be what it waits for. */
  busy = $state(false);
  /** It goes on when the dialog is closed; then a toast says how it ended, and another dialog may be open. */
  gone = false;

  constructor({ host }: Pick<Workspace, 'host'>) {
    this.#task = live(host, 'files.task', () => ({}));
    onDestroy(() => (this.gone = true));
  }

  get task() {
    return this.#task.value;
  }

  get waits(): boolean {
    return this.busy || Boolean(this.task);
  }
}
