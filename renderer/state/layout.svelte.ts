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

/** What the text keeps beside them. */
const EDITOR = 360;
const COLLAPSED = 56;

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

  /** What a narrow window leaves of the chosen widths; they come back with the room. */
  readonly spacesMost = $derived(fit('spaces', this.width - PANES.notes.min - EDITOR));
  readonly spacesShown = $derived(
    this.mode === 'panes' && this.collapsed ? COLLAPSED : Math.min(this.spaces, this.spacesMost),
  );
  readonly notesMost = $derived(fit('notes', this.width - (this.mode === 'panes' ? this.spacesShown : 0) - EDITOR));
  readonly notesShown = $derived(Math.min(this.notes, this.notesMost));

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
    } else if (this.mode === 'drawer') this.drawerOpen = !this.drawerOpen;
    else this.top = this.top === 'spaces' ? 'notes' : 'spaces';
  }
  #keep(): void {
    const kept: Remembered = { spaces: this.spaces, notes: this.notes, collapsed: this.collapsed };
    localStorage.setItem(KEY, JSON.stringify(kept));
  }
}

function fit(pane: keyof typeof PANES, room: number): number {
  return Math.min(PANES[pane].max, Math.max(PANES[pane].min, room));
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
