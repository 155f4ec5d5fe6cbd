/** What a join by file asks of the person now: for each of the four files whether it is done, and what to do with it. */
import type { FileJoining } from '../../preload/contract/index.ts';
import { messages } from '../messages/index.ts';
import type { Dialog } from '../state/workspace.svelte.ts';
import type { InvitationRow } from './rows.ts';

export interface FileStep {
  readonly number: number;
  readonly text: string;
  readonly done: boolean;
  readonly action: 'save' | 'saveAgain' | 'take' | null;
  /** The one that comes next. */
  readonly main: boolean;
}
type State = FileJoining['state'] | 'none';
interface Now {
  readonly save: number | null;
  readonly take: number | null;
  /** So many are through. */
  readonly done: number;
}

const words = messages.fileJoins;
const NOW: Readonly<Record<State, Now>> = {
  none: { save: null, take: 1, done: 0 },
  first: { save: 1, take: 2, done: 0 },
  digits: { save: null, take: null, done: 2 },
  asked: { save: 3, take: 4, done: 2 },
  joined: { save: null, take: 4, done: 4 }, // once more, where what came with it was not taken in
  answered: { save: 2, take: 3, done: 1 },
  asking: { save: null, take: null, done: 3 },
  granted: { save: 4, take: null, done: 3 },
  refused: { save: 4, take: null, done: 3 },
  arrived: { save: null, take: null, done: 4 },
  ended: { save: null, take: null, done: 0 },
};

/** `saved`: the file of this state was saved in this window, so the next thing is to take in what comes back. */
export function fileSteps(side: FileJoining['side'], join: FileJoining | null, saved: boolean): readonly FileStep[] {
  const state = join?.state ?? 'none';
  const { take, done } = NOW[state];
  // After wrong digits it is a file 4 that goes back, and file 3 comes once more.
  const save = join?.step ?? NOW[state].save;
  const again = state === 'answered' && save === 4;
  const next = save !== null && !saved ? save : (take ?? save);
  return words.steps[side].map((text, at) => {
    const number = at + 1;
    const action = number === save ? (saved ? 'saveAgain' : 'save') : number === take ? 'take' : null;
    return {
      number,
      text,
      done: number <= (again ? 2 : done) || (saved && number === save),
      action,
      main: number === next,
    };
  });
}

export function fileJoinLine(join: FileJoining | null): string {
  if (join === null) return words.state.none;
  const { state, guest, wrongCode } = join;
  if (state === 'asking' || state === 'granted' || state === 'arrived') return words.state[state](guest?.name ?? '');
  return state === 'answered' && wrongCode ? words.state.again : words.state[state];
}

/** Why it ended without success; the engine's sentences for some ends speak to the other side. */
export function fileJoinEnd(join: FileJoining | null): string | null {
  if (join === null || join.ended === null) return null;
  const { state, side, ended } = join;
  if (state === 'refused') return ended.type === 'locked' ? ended.message : null;
  if (state !== 'ended') return null;
  return side === 'guest' && ended.type === 'locked' ? messages.invitations.joining.locked : ended.message;
}

/** Under way, for the panes; null when nothing of it waits for this side. */
export function fileJoinRow(join: FileJoining, spaceName: string | undefined): InvitationRow | null {
  const { fileJoinId, side, state, invitationId, spaceId } = join;
  const open = side === 'guest' ? ['first', 'digits', 'asked'] : ['answered', 'asking', 'granted'];
  if (!open.includes(state)) return null;
  const host = side === 'host' && spaceId !== null && spaceName !== undefined;
  if (side === 'host' && !host) return null;
  const dialog: Dialog = host
    ? { kind: 'invite', spaceId, name: spaceName, invitationId, fileJoinId }
    : { kind: 'join', fileJoinId };
  return {
    id: fileJoinId,
    title: host ? words.resumeHost(spaceName) : words.resume,
    state: fileJoinLine(join),
    over: false,
    wants: state === 'digits' || state === 'asking',
    dialog,
  };
}
