/**
 * What one window shows: the open space and note, the open dialog, and what acts on them. One per window,
 * made in main.ts and handed down by context.
 */
import { createContext } from 'svelte';
import type {
  DeviceRow,
  Host,
  Input,
  MemberRow,
  OperationName,
  Output,
  SpaceSummary,
} from '../../preload/contract/index.ts';
import { openable } from '../../preload/contract/openable.ts';
import { messages } from '../messages/index.ts';
import { Clock } from './clock.svelte.ts';
import { attempt } from './host.ts';
import { Layout } from './layout.svelte.ts';
import { Seen } from './seen.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

export type Dialog =
  | { readonly kind: 'create-space' }
  | { readonly kind: 'rename-space'; readonly spaceId: string; readonly name: string }
  | {
      readonly kind: 'members' | 'bundle' | 'space-points' | 'files' | 'export-space';
      readonly spaceId: string;
      readonly name: string;
    }
  | { readonly kind: 'history'; readonly spaceId: string; readonly noteId: string }
  | { readonly kind: 'picture'; readonly spaceId: string; readonly fileId: string; readonly name: string }
  | { readonly kind: 'remove-member'; readonly spaceId: string; readonly name: string; readonly member: MemberRow }
  | {
      readonly kind: 'end-space';
      readonly how: 'leave' | 'copy' | 'everyone';
      readonly spaceId: string;
      readonly name: string;
    }
  | {
      readonly kind: 'invite';
      readonly spaceId: string;
      readonly name: string;
      readonly invitationId?: string;
      readonly fileJoinId?: string;
    }
  | {
      readonly kind: 'withdraw';
      readonly spaceId: string;
      readonly name: string;
      readonly invitationId: string;
      readonly from: 'members' | 'invite';
    }
  | { readonly kind: 'join'; readonly text?: string; readonly joiningId?: string; readonly fileJoinId?: string }
  | { readonly kind: 'settings'; readonly tab: 'general' | 'devices' | 'backup' | 'connection' | 'doctor' | 'about' }
  | { readonly kind: 'safety-words'; readonly spaceId: string; readonly name: string; readonly member: MemberRow }
  | { readonly kind: 'add-device'; readonly invitationId?: string }
  | { readonly kind: 'rename-device' | 'remove-device'; readonly device: DeviceRow }
  | { readonly kind: 'remove-devices' }
  | { readonly kind: 'import-space' }
  | { readonly kind: 'palette' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'help' }
  /** An address that is not opened, as the note has it. */
  | { readonly kind: 'link'; readonly address: string };

const LAST_SPACE = 'cove.space';
const LAST_NOTE = 'cove.note.';

export class Workspace {
  readonly host: Host;
  readonly toasts = new Toasts();
  readonly layout = new Layout();
  /** Ends of invitations that the person has seen. */
  readonly seen = new Seen();
  readonly clock = new Clock();
  spaceId = $state<string | null>(localStorage.getItem(LAST_SPACE));
  noteId = $state<string | null>(null);
  /** The open space as the list of spaces has it; Main keeps it. */
  space = $state.raw<SpaceSummary | undefined>(undefined);
  /** This device was removed: what is here is read, and nothing is begun any more; Main keeps it. */
  revoked = $state(false);
  dialog = $state.raw<Dialog | null>(null);
  /** The invitation, hosted or accepted, that the open dialog shows. */
  shownInvitation: string | null = null;
  /** Where the caret goes once that note is there: its title or its text takes it, and this is null again. */
  caret = $state.raw<{ readonly noteId: string; readonly in: 'title' | 'text' } | null>(null);

  constructor(host: Host) {
    this.host = host;
    if (this.spaceId !== null) this.noteId = localStorage.getItem(LAST_NOTE + this.spaceId);
  }

  openSpace(spaceId: string): void {
    if (spaceId === this.spaceId) return;
    this.spaceId = spaceId;
    this.noteId = localStorage.getItem(LAST_NOTE + spaceId);
    localStorage.setItem(LAST_SPACE, spaceId);
  }
  /** Opens it, and shows its notes where not all panes are seen at once. */
  goToSpace(spaceId: string): void {
    this.openSpace(spaceId);
    this.layout.drawerOpen = false;
    this.layout.top = 'notes';
  }
  /** The copy of a space was deleted: nothing is remembered of it. */
  spaceGone(spaceId: string): void {
    localStorage.removeItem(LAST_NOTE + spaceId);
    if (this.spaceId !== spaceId) return;
    localStorage.removeItem(LAST_SPACE);
    this.spaceId = this.noteId = null;
    if (this.layout.mode === 'stack') this.layout.top = 'spaces';
  }
  openNote(noteId: string | null): void {
    this.chooseNote(noteId);
    if (noteId !== null) this.layout.top = 'editor';
  }
  /** Opens it, to write in it. */
  writeNote(noteId: string, where: 'title' | 'text' = 'text'): void {
    this.caret = { noteId, in: where };
    this.openNote(noteId);
  }
  /** As one goes through a list: where only one pane is seen, the list stays. */
  chooseNote(noteId: string | null): void {
    this.noteId = noteId;
    if (this.spaceId === null) return;
    if (noteId === null) localStorage.removeItem(LAST_NOTE + this.spaceId);
    else localStorage.setItem(LAST_NOTE + this.spaceId, noteId);
  }
  /** The question is the system's, since a page must not be able to answer it; a dialog says what is never opened. */
  openLink(address: string): void {
    const url = openable(address);
    if (url === null) this.dialog = { kind: 'link', address };
    else void this.run('links.open', { address: url });
  }
  /** Runs an operation; a failure becomes a toast with its sentence. */
  async run<Name extends OperationName>(name: Name, input: Input<Name>): Promise<Output<Name> | undefined> {
    const result = await attempt(this.host, name, input);
    if (result.ok) return result.value;
    this.toasts.fail(result.error.message);
    return undefined;
  }
  async newNote(): Promise<void> {
    const spaceId = this.spaceId;
    if (spaceId === null) return;
    const made = await this.run('notes.create', { spaceId, title: '' });
    if (made === undefined || this.spaceId !== spaceId) return;
    this.writeNote(made.noteId, 'title');
  }
  async removeNote(spaceId: string, noteId: string): Promise<void> {
    if ((await this.run('notes.remove', { spaceId, noteId })) === undefined) return;
    if (this.noteId === noteId) this.openNote(null);
    if (this.layout.mode === 'stack') this.layout.top = 'notes';
    this.toasts.say(messages.notes.deleted, {
      label: messages.undo,
      undoes: true,
      run: () => void this.#restore(spaceId, noteId),
    });
  }
  /** Brings a note back to how it was at a moment, by new changes; false when that failed, which a toast says. */
  async restoreVersion(spaceId: string, noteId: string, moment: string): Promise<boolean> {
    const words = messages.history;
    const done = await this.run('history.restore', { spaceId, noteId, moment });
    if (done === undefined) return false;
    if (done === null) this.toasts.say(words.same);
    else
      this.toasts.say(words.restored, {
        label: messages.undo,
        undoes: true,
        run: () => void this.#undoRestore(spaceId, noteId, done),
      });
    return true;
  }
  async #undoRestore(spaceId: string, noteId: string, done: { before: string; after: string }): Promise<void> {
    const answer = await this.run('history.undoRestore', { spaceId, noteId, ...done });
    if (answer !== undefined) this.toasts.say(answer.undone ? messages.history.undone : messages.history.notUndone);
  }
  async #restore(spaceId: string, noteId: string): Promise<void> {
    if ((await this.run('notes.restore', { spaceId, noteId })) === undefined) return;
    if (this.spaceId === spaceId) this.openNote(noteId);
  }
}

export const [getWorkspace, setWorkspace] = createContext<Workspace>();
