/** Short messages that need no answer. One may carry an action (Undo); it goes by itself. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'danger';
  /** `undoes`: what was done just now. */
  readonly action: { readonly label: string; readonly undoes?: true; run(): void } | null;
}

const STAY = 6_000;
const STAY_WITH_ACTION = 10_000;

export class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  say(text: string, action: Toast['action'] = null): void {
    this.#show({ id: this.#next++, text, tone: 'plain', action });
  }
  fail(text: string): void {
    this.#show({ id: this.#next++, text, tone: 'danger', action: null });
  }
  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }
  /** Takes the latest of them at its word; false when none of them undoes anything. */
  undo(): boolean {
    const latest = this.list.findLast(({ action }) => action?.undoes === true);
    if (latest === undefined) return false;
    this.dismiss(latest.id);
    latest.action?.run();
    return true;
  }
  /** While the pointer or the focus rests on them, they stay. */
  hold(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
  release(): void {
    for (const toast of this.list) this.#start(toast);
  }

  #show(toast: Toast): void {
    this.list = [...this.list.slice(-2), toast];
    this.#start(toast);
  }
  #start(toast: Toast): void {
    if (this.#timers.has(toast.id)) return;
    const stay = toast.action === null ? STAY : STAY_WITH_ACTION;
    this.#timers.set(
      toast.id,
      setTimeout(() => this.dismiss(toast.id), stay),
    );
  }
}
