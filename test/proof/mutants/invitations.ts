/** Invitations: checks that are taken out, see table.ts. */
import type { Mutant } from './table.ts';

const invitation = 'main/engine/invitation/';
const byFile = 'main/engine/invitation/by-file/';
const crypto = 'main/engine/crypto/';

export const INVITATIONS: readonly Mutant[] = [
  {
    check: 'attempt counter: three wrong codes',
    file: `${invitation}host-store.ts`,
    find: ' AND fails < ${LIMITS.fails} AND state',
    replace: ' AND state',
    noticed: `${invitation}conversation.test.ts`,
  },
  {
    check: 'attempt counter: counted before the comparison',
    file: `${invitation}host.ts`,
    find: 'if (!ledger.count()) {',
    replace: 'if (ledger.ended()) {',
    noticed: 'test/attack/invitation.test.ts',
  },
  {
    check: 'attempts of one connection are numbered',
    file: `${invitation}host.ts`,
    find: 'if (message.attempt !== this.#attempt) return this.#stop();',
    replace: '',
    noticed: `${invitation}conversation.test.ts`,
  },
  {
    check: 'the guest proves the code before it is admitted',
    file: `${invitation}host.ts`,
    find: 'if (!pake.proves(message.tag)) return this.#bad(ledger.miss());',
    replace: '',
    noticed: 'test/attack/invitation.test.ts',
  },
  {
    check: 'the host proves the code before the guest says who it is',
    file: `${invitation}guest.ts`,
    find: "if (!pake.proves(message.tag)) return this.#fail('impostor');",
    replace: '',
    noticed: 'test/attack/invitation.test.ts',
  },
  {
    check: 'attempt counter: the guest’s own, before its proof is sent',
    file: `${invitation}guest.ts`,
    find: "if (!this.#options.ledger.spend()) return this.#fail('attempts-used');",
    replace: '',
    noticed: `${invitation}conversation.test.ts`,
  },
  {
    check: 'attempt counter: the guest’s own lives as long as its row',
    file: `${invitation}guest-store.ts`,
    find: 'attempts_left = attempts_left - 1 WHERE',
    replace: 'attempts_left = attempts_left WHERE',
    noticed: 'test/attack/invitation.test.ts',
  },
  {
    check: 'the guest’s device signs its request on this channel',
    file: `${invitation}host.ts`,
    find: 'if (ledger.terms() || !verify(deviceId, sig, admitStatement(h, this.#iskId as Uint8Array, invId)))',
    replace: 'if (ledger.terms() || sig.length === 0)',
    noticed: 'test/attack/invitation.test.ts',
  },
  {
    check: 'the code is bound to the channel it is proven on',
    file: `${invitation}pake.ts`,
    find: 'this.#sid = concat(h, Uint8Array.of(attempt));',
    replace: 'this.#sid = concat(h.subarray(0, 0), Uint8Array.of(attempt));',
    noticed: 'test/attack/invitation.test.ts',
  },
  {
    check: 'a device that its person has taken away is not let in again',
    file: `${invitation}host-record.ts`,
    find: "devices.get(toHex(deviceId))?.revoked !== false) return 'refused';\n    try",
    replace: "devices.get(toHex(deviceId)) === undefined) return 'refused';\n    try",
    noticed: `${invitation}invitations.test.ts`,
  },
  {
    check: 'a new device that was taken away gets no keys again',
    file: `${invitation}host-record.ts`,
    find: 'if (replicas.stateOf(identity.chain())?.devices.get(toHex(deviceId))?.revoked)',
    replace: 'if (!replicas)',
    noticed: `${invitation}host-record.test.ts`,
  },
  {
    check: 'a guest that comes by two ways is one guest',
    file: `${invitation}hosting.ts`,
    find: '        chosen();\n',
    replace: '',
    noticed: 'test/attack/invitation-relay.test.ts',
  },
  {
    check: 'both ways of one guest have one place until it has spoken',
    file: `${invitation}host-meeting.ts`,
    find: 'attempt.open.add(channel);',
    replace: 'this.#attempts.delete(toHex(attempt.nG));',
    noticed: 'test/attack/invitation-relay.test.ts',
  },
  {
    check: 'a handshake of one way is none of the other',
    file: `${invitation}link.ts`,
    find: 'keys.invId, lp(guest), lp(host), Uint8Array.of(flags)',
    replace: 'keys.invId, lp(guest.subarray(0, 0)), lp(host.subarray(0, 0)), Uint8Array.of(flags)',
    noticed: 'test/attack/invitation-relay.test.ts',
  },
  {
    check: 'by file: the host has the key that the code says',
    file: `${byFile}guest-steps.ts`,
    find: "if (!equal(invitePkHash(hostPk), terms.code.pkHash)) throw new CoveError('impostor');",
    replace: '',
    noticed: `${byFile}by-file.test.ts`,
  },
  {
    check: 'by file: the guest’s attempt is counted before its proof is made',
    file: `${byFile}guest-steps.ts`,
    find: "if (!ledger.spend()) throw new CoveError('attempts-used');",
    replace: '',
    noticed: `${byFile}by-file.test.ts`,
  },
  {
    check: 'by file: each guest of several is told digits of its own',
    file: `${byFile}host-steps.ts`,
    find: 'row.maxUses > 1 ? makeAuthCode(random) : (row.secrets',
    replace: 'row.maxUses > 999 ? makeAuthCode(random) : (row.secrets',
    noticed: `${byFile}by-file.test.ts`,
  },
  {
    check: 'by file: an older copy of the database makes no second file under a number that was used',
    file: `${byFile}joins.ts`,
    find: 'if (!parts.restored) {',
    replace: 'if (parts.clock !== undefined) {',
    noticed: `${byFile}by-file.test.ts`,
  },
  {
    check: 'by file: what was kept goes with the invitation',
    file: `${invitation}host-store.ts`,
    find: "this.#storage.prepare('UPDATE file_join SET kept = NULL WHERE inv_id = ? AND side = 1').run(invId);",
    replace: '',
    noticed: `${byFile}by-file.test.ts`,
  },
  {
    check: 'a share that gives the identity of the group is refused',
    file: `${crypto}cpace.ts`,
    find: 'return null; // libsodium throws when the product is the identity',
    replace: 'return new Uint8Array(32);',
    noticed: `${crypto}cpace.test.ts`,
  },
];
