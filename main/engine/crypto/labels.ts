/**
 * Every label of the protocol: what separates one use of a key or hash from every other. Each row
 * says what it derives or signs. A label is never used for two purposes and never changes within version 1.
 */
export const LABEL = {
  // From the recovery phrase's entropy
  identityRoot: 'cove/1/identity/root', // HKDF → seed of the Ed25519 root key
  backup: 'cove/1/backup', // HKDF → key of backup files
  haloRecovery: 'cove/1/halo/recovery', // HKDF → rendezvous of a person's own devices
  haloMeeting: 'cove/1/halo/meeting', // HKDF of haloRecovery, salt day → where own devices meet, and the answering one's key
  // From the device master secret
  database: 'cove/1/db', // HKDF, salt dbUuid → key of the database
  databaseCheck: 'cove/1/db-check', // HMAC by that key → shows that it is the right one
  deviceSign: 'cove/1/device/ed25519', // HKDF → seed of the device's signature key
  deviceNoise: 'cove/1/device/noise', // HKDF → X25519 secret, Noise static only
  deviceBox: 'cove/1/device/box', // HKDF → X25519 secret, sealed boxes and signals only
  // Identifiers (hash prefixes)
  identity: 'cove/1/identity', // SHA-256 → identityId of a root key
  space: 'cove/1/space', // SHA-256 → spaceId of a Genesis payload
  log: 'cove/1/log', // SHA-256 → logId of (space, device, incarnation)
  actor: 'cove/1/actor', // SHA-256 → Yjs clientID of a log
  // From an epoch's two keys
  epochId: 'cove/1/epoch/id', // HKDF of both → keyId (commitment)
  epochEntry: 'cove/1/epoch/entry', // HKDF of K_e → key of entry payloads
  epochBlob: 'cove/1/epoch/blob', // HKDF of K_e → key of blobs
  epochSessionPsk: 'cove/1/epoch/session-psk', // HKDF of M_e → psk of member sessions
  epochDiscovery: 'cove/1/epoch/discovery', // HKDF of M_e → topics, LAN tags, session tags
  epochSignal: 'cove/1/epoch/signal', // HKDF of discovery → key of announces
  epochTopic: 'cove/1/epoch/topic', // HKDF of discovery, salt day → a day's topic
  // Of two devices that may be in different epochs
  pairId: 'cove/1/pair/id', // HKDF of both devices' box secret, salt spaceId → names the pair
  pairDiscovery: 'cove/1/pair/discovery', // → topics
  pairSignal: 'cove/1/pair/signal', // → key of announces
  pairSessionPsk: 'cove/1/pair/session-psk', // → psk of their session
  // Of two whose connection goes through a meeting point
  relay: 'cove/1/relay', // HKDF of both devices' box secret, or an invitation's relay secret, salt the two nonces → topics and keys of both directions
  lanTag: 'lan', // HMAC by discovery → tag in mDNS records
  // Signatures and entry hashes
  entrySign: 'cove/1/entry', // prefix of what an entry's signature covers
  entryHash: 'cove/1/hash', // prefix of an entry's hash
  certSign: 'cove/1/identity/cert', // prefix of what an identity certificate's signature covers
  certHash: 'cove/1/identity/cert-hash', // prefix of a certificate's hash
  devicePop: 'cove/1/identity/pop', // prefix of a new device's proof of possession
  // Invitations
  inviteId: 'cove/1/invite/id', // HKDF of S, salt pkHash → invId
  inviteTopic: 'cove/1/invite/topic', // → rendezvous topic
  inviteSignal: 'cove/1/invite/signal', // → key of sealed signals
  invitePsk: 'cove/1/invite/psk', // → Noise psk
  inviteRelay: 'cove/1/invite/relay', // → relay secret, of connections through a meeting point
  invitePk: 'cove/1/invite/pk', // SHA-256 → pkHash of the host's key
  invitePrologue: 'cove/1/invite', // prefix of the Noise prologue
  invitePake: 'cove/1/invite/pake', // first part of CPace's channel identifier
  inviteRekey: 'cove/1/invite/rekey', // HKDF, salt ISK → transport keys after the code was proven
  inviteIskId: 'cove/1/invite/isk-id', // HKDF of ISK → its public name, signed in AdmitReq
  inviteFile: 'cove/1/invite/file', // first bytes of the files by which two without a network join; of file 1 they begin the Noise prologue
  admit: 'cove/1/admit', // prefix of the guest device's signature in AdmitReq
  // Member sessions
  session: 'cove/1/session', // prefix of the Noise prologue
  sessionRekey: 'cove/1/session/rekey', // HKDF → next transport key of a long session
  announce: 'cove/1/announce', // prefix of an announce's signature
  // Sync bundles
  bundle: 'cove/1/bundle', // first bytes of the file, and prefix of its maker's signature
  // Archives
  archive: 'cove/1/archive', // first bytes of the file, and prefix of its maker's signature
  // Blobs
  blobBlock: 'cove/1/blob/block', // BLAKE2b key → hash of a block
  blobChunk: 'cove/1/blob/chunk', // prefix of a chunk's content under the epoch's blob key → key of the chunk
  blobManifest: 'cove/1/blob/manifest', // prefix of a manifest's content under that key → key of its sealed part
  // Words compared by people
  safetyWords: 'cove/1/safety-words', // SHA-256 over the sorted identity ids
  linkWords: 'cove/1/link-words', // SHA-256 over h and both device ids
  // Recovery shares
  shareCheck: 'cove/1/share/check', // prefix of the hash that shows that joined shares gave the phrase
} as const;
