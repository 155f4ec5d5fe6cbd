/** What the panes say of invitations whose dialog is closed: one row each, and the dialog it opens. */
import type { HostedInvitation, JoiningInvitation, SpaceSummary } from '../../preload/contract/index.ts';
import { messages } from '../messages/index.ts';
import { spaceName } from '../spaces/roles.ts';
import type { Dialog } from '../state/workspace.svelte.ts';
import { hostedEnd, joiningEnd } from './states.ts';

export interface InvitationRow {
  readonly id: string;
  readonly title: string;
  readonly state: string;
  /** Stays until it was seen. */
  readonly over: boolean;
  /** Something is to be done or known here. */
  readonly wants: boolean;
  readonly dialog: Dialog;
}
const words = messages.invitations;

/** With `several` of them each row names its code. */
export function joiningRow(one: JoiningInvitation, several: boolean): InvitationRow {
  const over = one.state === 'ended';
  const state = over ? joiningEnd(one) : one.awaitsApproval ? words.joining.asked : words.joining[one.state];
  return {
    id: one.joiningId,
    title: over ? words.joinFailed : words.resume,
    state: several && one.codeEnd !== '' ? words.ofCode(one.codeEnd, state) : state,
    over,
    wants: over || one.state === 'code',
    dialog: { kind: 'join', joiningId: one.joiningId },
  };
}

export function wantingRow(one: HostedInvitation, spaces: readonly SpaceSummary[]): InvitationRow {
  const { invitationId, spaceId, asking } = one;
  const space = spaces.find((other) => other.spaceId === spaceId);
  const over = one.state === 'ended';
  // No space of the list: a code for one's own device.
  if (space === undefined)
    return {
      id: invitationId,
      title: over ? words.hosted.ended : asking === null ? messages.devices.connecting : messages.devices.asking(''),
      state: hostedEnd(one) ?? (asking === null ? messages.devices.connectingText : messages.devices.askingText),
      over,
      wants: true,
      dialog: { kind: 'add-device', invitationId },
    };
  const name = spaceName(space);
  return {
    id: invitationId,
    title: over ? words.lockedTitle(name) : asking === null ? words.wanting.code : words.asks(asking.name),
    state: hostedEnd(one) ?? (asking === null ? words.wanting.codeText(name) : words.wanting.asksText(name)),
    over,
    wants: true,
    dialog: { kind: 'invite', spaceId, name, invitationId },
  };
}

export const isByFile = (dialog: Dialog): boolean => 'fileJoinId' in dialog && dialog.fileJoinId !== undefined;

/** The dialog that is open says it already. */
export function isAsked(open: Dialog | null, row: Dialog): boolean {
  if (open?.kind === 'add-device') return row.kind === 'add-device';
  if (row.kind === 'join' && row.fileJoinId !== undefined) return open?.kind === 'join';
  if (open?.kind !== 'invite' || row.kind !== 'invite') return false;
  return open.spaceId === row.spaceId && (open.invitationId ?? row.invitationId) === row.invitationId;
}
