/** Every limit and waiting time of invitations (protocol §3.3, §6.6), with the reason for each. Times in milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const LIMITS = {
  /** Wrong codes per invitation, ever: 3 guesses among 10⁶ codes are 3·10⁻⁶. */
  fails: 3,
  /** Open invitations of one profile: each listens on a topic. */
  live: 20,
  /** Ended invitations that still tell late guests why; the newest are kept. */
  farewells: 20,
  /** Guests in conversation per invitation, the half-open ones included. */
  connections: 4,
  /** A multi-use invitation without another figure: half of a space's members (§6.6). */
  multiUses: 100,

  /** Any message before the code was proven. */
  handshakeMessage: 4 * 1024,
  /** The guest's request, after that: an identity chain of the largest kind and little else. */
  request: 640 * 1024,
  /** Bytes of a grant in one message, below the 1 MiB of a logical message. */
  grantPart: 1_000_000,
  /** A whole grant: 5,000 control entries and some KeyEpochs of 256 KiB fit. */
  grant: 32 * 1024 * 1024,
  /** Control entries, and keys, in one. */
  grantEntries: 10_000,

  /** A file of a join without a network: a grant of the largest kind and little else. */
  joinFile: 33 * 1024 * 1024,
  /** Such joins that a device keeps, the unanswered ones of an invitation's host first to go. */
  joinsByFile: 200,

  /** Sealed signal, the largest padded class. */
  signal: 8 * 1024,
  sdp: 6 * 1024,
  candidate: 512,
  /** Candidates per side and session. */
  candidates: 20,
  /** Connections of all invitations that are on their way at once (§6.6). */
  halfOpen: 8,
  /** Remembered nonces of guests, so that a replayed hello opens nothing. */
  nonces: 512,
  /** Farewells sent per invitation and minute. */
  byesPerMinute: 30,

  /** Guest: the host has to be found and reached within this. */
  locate: 120 * SECOND,
  /** Both: from the first offer to an open channel. */
  connect: 30 * SECOND,
  /** Both: each protocol message. */
  messageWait: 15 * SECOND,
  /** Both, once the code is proven: while something is on its way a message may take so many times longer, a grant 20 minutes. */
  slow: 80,
  /** Bytes given to a channel and not yet away, above which the rest of a grant waits, and how soon that is looked at. */
  outstanding: 1 << 20,
  outstandingWait: 50,
  /** Guest: a host that owes an answer is looked for again after so long; the old connection keeps its time meanwhile. */
  patience: 4 * SECOND,
  /** The same through a meeting point, where what is lost is sent again, the fourth time after eight seconds. */
  patienceRelayed: 10 * SECOND,
  /** The person's time to type, per connection. */
  typing: 5 * MINUTE,
  /** The host waits this much longer than the guest, so that it is the guest who reconnects. */
  typingGrace: 30 * SECOND,
  /** Between two "still waiting for a person" messages, and how long in all. */
  approvalTick: 10 * SECOND,
  approval: 5 * MINUTE,
  /** Guest: first pause between two hellos; doubled up to the longest one. */
  helloFirst: 1 * SECOND,
  helloLongest: 8 * SECOND,
  /** Guest, found and not connected yet: pause between two hellos, so that a host that was restarted is found again soon. */
  helloAgain: 4 * SECOND,
  /** Host: a guest that is on its way and says nothing for so long, two hellos and a second, shows as gone. */
  silence: 9 * SECOND,
  /** Guest: a connection that is on its way has this long before a new answer of the host's takes its place; below `helloAgain`. */
  underWay: 3 * SECOND,
  /** Guest: how long a host may still answer after somebody said that the invitation is over: three hellos. */
  doubt: 5 * SECOND,
  /** Both: two who hear each other at the meeting point and have no channel after so long go on through it. */
  relayAfter: 5 * SECOND,
  /** An ended connection stays this long, so that the last message is read before it goes. */
  linger: 2 * SECOND,
  /** Guest: connections in which the host's key could not be proven before somebody is called an impostor. */
  impostors: 3,
  /** Guest: silent repetitions after the code was proven and the connection lost (single-use only: there the code stays). */
  repeats: 3,
  /** Guest: pause before the next try after a lost connection or a busy host. */
  retry: 2 * SECOND,

  /** Life of an invitation: as long as nothing else was said, and at most. */
  life: 24 * HOUR,
  longestLife: 7 * DAY,
  /** How often the clock is looked at: the computer may have slept, or the clock been set, and timers know neither. */
  look: 30 * SECOND,
  /** How far the guest's clock may be ahead before it declares an invitation expired by itself; the host decides. */
  clockSkew: 10 * MINUTE,
  /** How long an ended invitation answers late guests, and how long its row stays. */
  farewell: DAY,
  tombstone: 30 * DAY,
} as const;
