/** What a device asks to be written about members and the space, as the control entry that says it. */
import { CoveError } from '../errors.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { Control } from './control.ts';
import type { ControlOperation, Role } from './replica.ts';

/** Throws CoveError('refused' | 'not-permitted'). */
export function controlOf(operation: ControlOperation): Control {
  switch (operation.type) {
    case 'MemberAdmit': {
      const { chain, role, invId } = operation;
      const state = verifyChain(chain);
      if (state instanceof ChainFault) throw new CoveError('refused');
      return ['MemberAdmit', { identityId: state.identityId, chain: [...chain], role: grantable(role), invId }];
    }
    case 'MemberRole':
      return ['MemberRole', { identityId: operation.identityId, role: grantable(operation.role) }];
    case 'MemberRemove':
      return ['MemberRemove', { identityId: operation.identityId }];
    case 'MemberLeave':
      return ['MemberLeave', {}];
    case 'MeetingPoints':
      return ['MeetingPoints', { urls: [...operation.urls] }];
    case 'SpaceDelete':
      return ['SpaceDelete', {}];
    case 'IdentityUpdate':
      return ['IdentityUpdate', { certs: [...operation.certs] }];
  }
}

/** Owners are made by Genesis only. */
function grantable(role: Role): Exclude<Role, 'owner'> {
  if (role === 'owner') throw new CoveError('not-permitted');
  return role;
}
