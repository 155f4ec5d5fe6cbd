/** A join as it begins, for tests. */
import type { JoiningInvitation } from '../../../preload/contract/index.ts';

export const JOINING: JoiningInvitation = {
  joiningId: '1'.repeat(32),
  codeEnd: 'q8xk2p',
  state: 'locating',
  attemptsLeft: 3,
  wrongCode: false,
  problem: null,
  awaitsApproval: false,
  relayed: false,
  words: null,
  spaceId: null,
  ended: null,
};
