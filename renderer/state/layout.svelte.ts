/** How the window is divided; remembered on this device. Below 900 px the spaces are a drawer, below 700 px the panes a stack. */
interface Remembered {
  spaces: number;
  notes: number;
  collapsed: boolean;
}
const KEY = 'cove.layout';
export const PANES = {
  spaces: { min: 180, max: 320, initial: 232 },
  notes: { min: 240, max: 420, initial: 304 },
} as const;

export type Pane = 'spaces' | 'notes' | 'editor';

export class Layout {
  spaces = $state<number>(PANES.spaces.initial);
  notes = $state<number>(PANES.notes.initial);
  collapsed = $state(false);
  /** Only where it is a drawer. */
  drawerOpen = $state(false);
  /** Only where the panes are a stack: which of them is on top. */
  top = $state<Pane>('notes');
  width = $state(window.innerWidth);
  readonly mode = $derived(this.width < 700 ? 'stack' : this.width < 900 ? 'drawer' : 'panes');

  constructor() {
    const kept = read();
    this.spaces = clamp('spaces', kept.spaces ?? PANES.spaces.initial);
    this.notes = clamp('notes', kept.notes ?? PANES.notes.initial);
    this.collapsed = kept.collapsed === true;
    window.addEventListener('resize', () => (this.width = window.innerWidth));
  }
  resize(pane: keyof typeof PANES, width: number): void {
    this[pane] = clamp(pane, width);
    this.#keep();
  }
  toggleSpaces(): void {
    if (this.mode === 'panes') {
      this.collapsed = !this.collapsed;
      this.#keep();
    } else {
      this.drawerOpen = !this.drawerOpen;
    }
  }
  #keep(): void {
    const kept: Remembered = { spaces: this.spaces, notes: this.notes, collapsed: this.collapsed };
    localStorage.setItem(KEY, JSON.stringify(kept));
  }
}

function clamp(pane: keyof typeof PANES, width: number): number {
  const { min, max, initial } = PANES[pane];
  return Number.isFinite(width) ? Math.round(Math.min(max, Math.max(min, width))) : initial;
}

function read(): Partial<Remembered> {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? '{}') ?? {}) as Partial<Remembered>;
  } catch {
    return {}; // damaged by hand: start from the measures above
  }
}
