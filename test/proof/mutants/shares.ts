/** Recovery shares, owners: checks that are taken out, see table.ts. */
import type { Mutant } from './table.ts';

const echo = 'main/engine/echo/';
const invitation = 'main/engine/invitation/';
const halo = 'main/engine/halo/';

export const SHARES: readonly Mutant[] = [
  {
    check: 'joined shares give the phrase that was split',
    file: `${halo}share.ts`,
    find: 'if (right) return entropy;',
    replace: 'if (right || entropy) return entropy;',
    noticed: `${halo}share.test.ts`,
  },
  {
    check: 'shares of two sets are not joined',
    file: `${halo}share.ts`,
    find: 'if (set !== first.set || threshold !== first.threshold || count !== first.shares) {',
    replace: 'if (set.length + threshold + count < 0) {',
    noticed: `${halo}share.test.ts`,
  },
  {
    check: 'a share with one wrong letter is refused',
    file: `${halo}share.ts`,
    find: 'const decoded = start < 0 ? undefined : bech32m.decodeUnsafe(found);',
    replace:
      "const decoded = start < 0 ? undefined : { words: [...found.slice(10, -6)].map((c) => 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.indexOf(c)) };",
    noticed: `${halo}share.test.ts`,
  },
  {
    check: 'words that are split are this person’s',
    file: `${halo}profile.ts`,
    find: 'if (equal(root.pk, identity.state().rootPk)) return { entropy, root };',
    replace: 'if (root.pk.length > 0) return { entropy, root };',
    noticed: `${halo}profile.test.ts`,
  },
  {
    check: 'owners are named among contacts',
    file: `${echo}replicas.ts`,
    find: "if (!others.every((identityId) => known.has(identityId))) throw new CoveError('contact-unknown');",
    replace: 'if (known.size < 0) return this.createHalo();',
    noticed: `${echo}co-owners.test.ts`,
  },
  {
    check: 'limit: owners of a space',
    file: `${echo}replicas.ts`,
    find: "if (others.length >= MOST_OWNERS) throw new CoveError('too-many-owners');",
    replace: '',
    noticed: `${echo}co-owners.test.ts`,
  },

  {
    check: 'limit: size of a grant',
    file: `${invitation}grant-parts.ts`,
    find: 'part.length === 0 || this.#bytes > LIMITS.grant',
    replace: 'this.#bytes < 0',
    noticed: `${invitation}conversation.test.ts`,
  },
  {
    check: 'a code with one wrong letter is refused',
    file: `${invitation}code.ts`,
    find: 'if (!equal(checkOf(body), bytes.subarray(-CHECK))) throw invalid();',
    replace: '',
    noticed: `${invitation}code.test.ts`,
  },
  {
    check: 'a code names no address outside the local network',
    file: 'main/engine/meeting-address.ts',
    find: 'a === 10 ||',
    replace: 'a >= 0 ||',
    noticed: `${invitation}code.test.ts`,
  },
  {
    check: 'a space names no service on the computer of whoever reads it',
    file: 'main/engine/meeting-address.ts',
    find: 'return rules.loopback === true || !isLoopbackHost(match[1] as string);',
    replace: 'return true;',
    noticed: 'main/engine/meeting-address.test.ts',
  },
  {
    check: 'what is named for everybody is no address of a private network',
    file: 'main/client/space-meeting-points.ts',
    find: 'return urls.filter((url) => mayBeNamedForAll(',
    replace: 'return urls.filter((url) => mayBeNamed(',
    noticed: 'main/client/space-meeting-points.test.ts',
  },
];
