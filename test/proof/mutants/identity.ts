/** Identity: checks that are taken out, see table.ts. */
import type { Mutant } from './table.ts';

const echo = 'main/engine/echo/';
const halo = 'main/engine/halo/';

export const IDENTITY: readonly Mutant[] = [
  {
    check: 'certificates are signed',
    file: `${halo}cert.ts`,
    find: 'if (!verify(cert.by, cert.signature, utf8(LABEL.certSign), identityId, cert.body)) return false;',
    replace: '',
    noticed: `${halo}chain.test.ts`,
  },
  {
    check: 'a new device proves that it holds its key',
    file: `${halo}cert.ts`,
    find: 'return verify(cert.deviceId, cert.pop, popMessage(identityId, cert.noisePk, cert.boxPk, cert.by, cert.prev));',
    replace: 'return popMessage(identityId, cert.noisePk, cert.boxPk, cert.by, cert.prev).length > 0;',
    noticed: `${halo}chain.test.ts`,
  },
  {
    check: 'a statement’s author was admitted before it and not cut off',
    file: `${halo}chain.ts`,
    find: 'return author !== undefined && past.has(author.index) && author.cuts.every((cut) => cut.past.has(index));',
    replace: 'return author !== undefined;',
    noticed: `${halo}chain.test.ts`,
  },
  {
    check: 'limit: devices of an identity',
    file: `${halo}chain.ts`,
    find: 'if (device.cuts.length === 0 && ++live > CERT_LIMITS.devices) devices.delete(id);',
    replace: '',
    noticed: `${halo}chain.test.ts`,
  },
  {
    check: 'limit: what one device fills of a chain',
    file: `${halo}bounded-chain.ts`,
    find: 'return ordinary.filter((cert) => equal(cert.by, next.by)).length < CERT_LIMITS.ordinaryPerDevice;',
    replace: 'return true;',
    noticed: `${halo}bounded-chain.test.ts`,
  },
  {
    check: 'limit: certificates that are kept of an identity',
    file: `${halo}bounded-chain.ts`,
    find: 'if (kept.size + more.length > this.#most) {',
    replace: 'if (kept.size < 0) {',
    noticed: `${halo}bounded-chain.test.ts`,
  },
  {
    check: 'certificates have room only when they are signed',
    file: `${halo}bounded-chain.ts`,
    find: 'const gap = more.find((one) => one.place === undefined || !this.#check(one));',
    replace: 'const gap = more.find((one) => one.place === undefined);',
    noticed: `${halo}bounded-chain.test.ts`,
  },
  {
    check: 'nothing is learned of a device that was never admitted',
    file: `${halo}learning.ts`,
    find: ' || !speaks(state, cert, identityId)) {',
    replace: ') {',
    noticed: `${halo}bounded-chain.test.ts`,
  },
  {
    check: 'nothing is learned of a revoked device',
    file: `${halo}learning.ts`,
    find: 'return state.devices.get(toHex(cert.by))?.revoked === false;',
    replace: 'return state.devices.get(toHex(cert.by)) !== undefined;',
    noticed: `${halo}bounded-chain.test.ts`,
  },
  {
    check: 'a restored database is noticed',
    file: `${halo}profile.ts`,
    find: 'const rolledBack = !known.some((id) => id !== null && equal(id, item.bootId));',
    replace: 'const rolledBack = known.length === 0;',
    noticed: `${halo}profile.test.ts`,
  },
  {
    check: 'the log of an older copy is written no more, member or not',
    file: `${echo}replicas.ts`,
    find: 'if (!isMember) return void (own && log.store.retire(own));',
    replace: 'if (!isMember) return;',
    noticed: `${echo}older-copies.test.ts`,
  },
];
