/** Every limit and waiting time of the mesh (protocol §6.6), with the reason for each. Times in milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const MESH = {
  // ---- handshake
  /** One handshake message: more is refused before any cryptography. */
  handshakeMessage: 4 * 1024,
  /** From an open channel to an accepted session. */
  handshake: 15 * SECOND,
  /** Connections that are not sessions yet, both directions together: bounds what strangers can make us hold. */
  halfOpen: 8,
  /** Sessions in all. */
  sessions: 64,
  /** Where all are taken: who has had a place for so long gives it to somebody in whose space nobody is connected, and asks for one again after as long; */
  seatTurn: 10 * MINUTE,
  /** one of them within this. */
  seatEvery: 30 * SECOND,
  /** Links per space; entries reach the rest by way of others. Where more are members, nobody looks for more than the second. */
  linksPerSpace: 12,
  linksWanted: 8,
  /** Who has all of them makes room for a newcomer, unless so many others have. */
  linksLent: 3,
  /** In such a space those who have room answer a newcomer within this, then those who have enough, then who is full. */
  answerTurn: 1 * SECOND,

  // ---- session
  /** Spaces, times the epochs that a device listens on; and one for each that two devices share. */
  tags: 1_000,
  /** Silence after which a Ping is sent, and after which the session is dead. */
  ping: 15 * SECOND,
  silence: 40 * SECOND,
  /** An answer is due within this when a session is doubted (the peer announces itself, a second connection comes). */
  probe: 3 * SECOND,
  /** A device that I do not know may show entries that admit it: so many bytes, for so long. */
  proofBytes: 1 << 20,
  proof: 15 * SECOND,

  // ---- messages of every kind, per session; see intake.ts
  /** Work per second and at once: opening 200 spaces in a row fits, refusing 4,000 does not. */
  intakeWork: 5_000,
  intakeWorkBurst: 10_000,
  /** Bytes at once; per second as entries. A new device gets many spaces at the same time. */
  intakeBytesBurst: 64 * 1024 * 1024,
  /** Messages that wait, and their bytes: more than an honest peer sends unacknowledged. */
  intakeWaiting: 4_096,
  intakeWaitingBytes: 64 * 1024 * 1024,
  /** Bytes of ours that the peer has not read, above which it is not answered: what we send unasked stays below. */
  unread: 4 * 1024 * 1024,

  // ---- replication
  /** Logs in one Have: a space has at most 1,000 devices, each with a few incarnations. */
  heads: 4_096,
  /** Ranges in one Want. */
  ranges: 256,
  /** Entries in one Entries message, and their bytes: small enough that pings and cursors pass in between. */
  entriesPerMessage: 1_024,
  entryBytesPerMessage: 256 * 1024,
  /** A header with 2,000 dependencies is 48 kB; a payload at most 256 KiB. */
  header: 64 * 1024,
  payload: 256 * 1024 + 64,
  /** Bytes handed to a channel and not yet on the network, above which we wait. */
  outstanding: 1 << 20,
  /** Bytes sent and not acknowledged as stored, above which we wait; below the queue that the peer bears. */
  unapplied: 8 * 1024 * 1024,
  /** An acknowledgement is not waited for longer than this. */
  unappliedWait: 5 * SECOND,
  /** How soon a full channel is looked at again. */
  outstandingWait: 20,
  /** Entries asked for at once from one peer: the one who asks sets the pace. */
  window: 2_048,
  /** A Want without progress is asked again, from somebody else if possible. */
  want: 10 * SECOND,
  /** Something is missing on one side and nothing was stored on either for so long: that is worth telling the person. */
  stall: 1 * MINUTE,
  /** Others' news wait this long before we ask for them: their author usually sends them to us himself. */
  hearsay: 100,
  /** Entries verified and applied in one go; between two goes other work gets its turn (16 ms at p99). */
  entriesPerTurn: 64,
  /** Inbound per peer and second. */
  inboundBytes: 16 * 1024 * 1024,
  inboundEntries: 5_000,
  /** Received and not yet applied, per peer and space; more than honest peers send unasked. */
  inboundQueue: 16 * 1024 * 1024,
  /** A member who misses keys is given them this late at most, each of us at another moment: one of us is enough. */
  keys: 2 * SECOND,
  /** Acknowledgements are gathered this long. */
  applied: 50,
  /** Acknowledgements are written to disk this often: losing them costs nothing but asking again. */
  ackFlush: 1 * SECOND,

  // ---- on the same network
  /** Tags that are said: of all spaces' clean epochs, and of pairs. */
  lanTags: 1_000,
  /** Beacons that are remembered. */
  lanNeighbours: 512,
  /** Addresses of each: IPv4 and IPv6 of two interfaces, or of whoever says again what it has said. */
  lanAddresses: 4,
  /** Between two of them; doubled each time that as many have come to nothing, for new ones cost a liar little. */
  lanNext: 1 * SECOND,
  lanNextLongest: 1 * MINUTE,
  /** Dials on the way to being sessions: strangers who have us dial leave half of `halfOpen` to others. */
  lanDials: 4,
  /** Who is dialled has proven within this who it is: some round trips of a network around. */
  lanAnswer: 5 * SECOND,
  /** Tags that are made to compare others' with, three for each place and beacon: a tenth of the time (7 µs each, measured). */
  lanTagsCompared: { perSecond: 12_000, burst: 60_000 },
  /** Nonces for new addresses of this computer: each has the others look, and interfaces come and go. */
  lanRenewals: 10,
  /** So many at once; one more for each of these. */
  lanRenewal: 10 * SECOND,
  /** Of two who hear each other, the second dials this much later. */
  lanSecond: 1_500,
  /** Who dials says within this under which epoch. */
  lanPreface: 5 * SECOND,
  /** Between two attempts to reach a neighbour at the same address: doubled while nothing comes of it. */
  lanFirst: 2 * SECOND,
  lanLongest: 10 * MINUTE,
  /** The same where a person gave the address: it is asked for, and few are. */
  lanGivenLongest: 1 * MINUTE,

  // ---- through a meeting point
  /** Where two hear each other and no channel has opened: soon, for somebody waits; later than most channels take. */
  relayAfter: 5 * SECOND,
  /** Devices talked to in this way at once. */
  relays: 8,
  /** Where more want to be: who has had a place for so long gives it to another, and comes back in his turn. */
  relayTurn: 10 * MINUTE,
  /** Frames of one connection: a third of what is taken of a topic (native/mqtt/rendezvous.ts), for many share a broker. */
  relayRate: { perSecond: 8, burst: 8 },
  /** Frames of all of them together: a third of what the app's own meeting point bears of a client. */
  relayTotal: { perSecond: 16, burst: 24 },
  /** The same for invitations: more than guests have places, and beside the members', so that neither slows the other. */
  relaysOfInvitations: 32,
  relayTotalOfInvitations: { perSecond: 8, burst: 16 },
  /** Frames under way: as many as an acknowledgement has bits for. */
  relayWindow: 32,
  /** Acknowledgements wait this long for something that goes the same way. */
  relayAcknowledge: 100,
  /** How long an acknowledgement takes, before that was measured; the least and the most that one is waited for. */
  relayTrip: 500,
  relayPatience: 600,
  relayLongest: 4 * SECOND,
  /** Whether the other end is there is asked this often. */
  relayAsk: 1 * SECOND,
  /** One frame not acknowledged for so long: nothing gets through any more. Meeting points are started anew sometimes. */
  relaySilence: 45 * SECOND,
  /** Where nobody else sees to it: an end that is silent for so long is asked whether it is there, and is gone after so long. */
  relayWatch: 15 * SECOND,
  relayGone: 60 * SECOND,
  /** What was sent before the end is carried so long; and who has heard of the end says so as often as asked. */
  relayLinger: 5 * SECOND,
  relayFarewell: 2 * SECOND,
  /** Bytes that wait: the largest message several times, as on other channels. */
  relayQueue: 8 * 1024 * 1024,

  // ---- for others
  /** Topics that one session may listen to by way of us; a device has some for each space, epoch and missing device. */
  carryTopics: 1_024,
  carryTopicsPerFrame: 256,
  /** Topics that are opened and closed within this are told together. */
  carryGather: 50,
  /** The largest signal. */
  carryBytes: 8192,
  /** What is said again and again goes by way of so many at a time. */
  carrySome: 3,
  /** Messages of one session that are passed on: two connections' worth, and what finding each other takes. */
  carryRate: { perSecond: 20, burst: 40 },

  // ---- presence
  /** One ephemeral message. */
  ephemeral: 16 * 1024,
  /** Presence is sent at most this often per space, and again this often so that a lost session's leftovers expire. */
  presenceEvery: 50,
  presenceRefresh: 20 * SECOND,
  presenceLife: 60 * SECOND,

  // ---- messages
  /** Messages that a device posts in a space; more is refused with a sentence. */
  messageRate: { perSecond: 30, burst: 60 },
  /** Messages taken from a device in a space; more is dropped. Twice what an honest one posts: a link may bring a queue at once. */
  messageHeardRate: { perSecond: 60, burst: 120 },

  // ---- signalling
  /** Sealed signals are padded to these sizes. */
  signalSizes: [512, 1024, 2048, 4096, 8192],
  /** Candidates per side and connection. */
  candidates: 20,
  /** Bytes of certificates in one notice: with its frame within the largest signal. */
  notice: 7_500,
  sdp: 6 * 1024,
  candidate: 512,
  /** A meeting point that answers so soon after a change of network carries the news to those connected. */
  moved: 15 * SECOND,
  /** An offer is answered within this, or was lost. */
  answer: 8 * SECOND,
  /** Connecting takes at most this long. */
  connect: 30 * SECOND,
  /** One offer per device and this long over time, whatever is announced; so many at once, with this in between. */
  offerEvery: 5 * SECOND,
  offerBurst: 2,
  offerAgain: 2 * SECOND,
  /** Announces that come so soon after one another were held back together. */
  offerTogether: 500,
  /** Nonces of announces are remembered this long; so many at most. */
  nonces: HOUR,
  nonceCount: 4_096,
  /** Signals of which another copy is not opened. */
  signalsRemembered: 1_024,
  /** Devices of which it is remembered who brings what they say. */
  routes: 1_024,
  /** Own announces that may still be answered. */
  ownNonces: 64,
  /** Announces per topic and minute: ours, those of each member's device, and those of all strangers together. */
  announcesPerMinute: 20,
  /** A member who asks under an older epoch is answered by an announce there at most this often. */
  announceBackEvery: 20 * SECOND,
  /** A removed device that asks is told so at most this often by one of us. */
  farewellEvery: HOUR,
  /** Missing devices that are looked for one by one, per space: each is three topics and one announce a round. */
  pairs: 32,
  /** Epochs of which a missing device has said that it knows none later, per space, besides those that are listened on. */
  behind: 8,
  /** Announce back-off: doubled from the first to the longest while somebody is missing, with jitter. */
  announceFirst: 2 * SECOND,
  announceLongest: 5 * MINUTE,
  /** With so long a pause after it, an announce goes by way of some of those who carry: it has been said before. */
  announceAgain: 4 * SECOND,
  /** Announces of all spaces together: one connection may do for many of them. */
  announceRate: { perSecond: 4, burst: 10 },
  /** Jitter of the announce when a meeting point has just come back: many do so at once. */
  announceJitter: 300,
  /** Back-off towards a peer that broke a rule. */
  banFirst: 1 * MINUTE,
  banLongest: 1 * HOUR,
} as const;
