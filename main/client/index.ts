/** What `import … from 'cove'` gives: the SDK. The app's bridge uses the same. */
export { Client } from './client.ts';
export { InvitationEncoder, type ReceivedInvitation } from './invitation-encoder.ts';
export { PASSPHRASE_FILE } from './set-aside.ts';
export { withoutPassword } from '../../native/mqtt/addresses.ts';
export { withoutSecret } from './turn-address.ts';
export { withoutProxyPassword, type ProxyChoice, type SystemProxy } from './proxies.ts';
export {
  bindFrom,
  consoleLog,
  dataDirFrom,
  fixedCarry,
  fixedLan,
  isLoopback,
  meetingPointsFrom,
  proxyFrom,
  turnServersFrom,
  type ClientOptions,
} from './options.ts';
export type { Archive, ArchiveOptions, ImportedSpace } from './archives.ts';
export type { Contact, Echo, Joining } from './echo.ts';
export type { TakenFile } from './file-joins.ts';
export { fileName } from './files/file-names.ts';
export type { SpaceFiles } from './files/index.ts';
export type { SavedFiles, SavedJson, SavedMarkdown, TakenFiles } from './files/types.ts';
export type { CompactOptions, CompactResult, DatabaseStorage, SpaceStorage } from './space-storage.ts';
export type { WorkOptions } from './work.ts';
export { keepPictures } from './keep-pictures.ts';
export { namedFile, type NamedFile } from './files/named-files.ts';
export type {
  AddBlobOptions,
  BlobContent,
  BlobRef,
  BlobSource,
  BlobStatus,
  BlobUsage,
  SpaceBlobStore,
} from './blobs.ts';
export type { Backups, BackupTrouble } from './backups.ts';
export type { Devices, OwnDevice } from './devices.ts';
export type { Recovery } from '../engine/halo/recovery.ts';
export type { Halo, HaloDevice, HaloProfile, ShareNote } from './halo.ts';
export type { MeetingPoint } from './meeting-points.ts';
export type { Mesh } from './mesh.ts';
export type { NamedForAll } from './named-for-all.ts';
export { hostAndPort } from './lan-address.ts';
export type { InvitationOptions } from './invitation-options.ts';
export type { Sender, Space, SpaceEnding } from './space.ts';
export type { Closing, Holder } from './holders.ts';
export type { WayOut } from './way-out.ts';
export type { Carrier } from './named.ts';
export type { LanWayHealth, MuteInterface } from '../engine/ports.ts';
export { report as doctorReport, type Diagnosis, type Examined } from './doctor.ts';
export type { BackLinks, Changes, Database, QueryResult, SearchHit } from './database.ts';
export { defineRelation, defineType, type ObjectType, type RelationType, type TypeOptions } from './types.ts';
export type { FoundType, SpaceTypes } from './space-types.ts';
export { isRef, ref, type Ref, type StoredRef } from './refs.ts';
export { fieldsOf, type Update, type Widened } from './live-object.ts';
export type { Fields, LiveObject } from './live-place.ts';
export type { LiveSet } from './live-set.ts';
export type { LiveText } from './live-text.ts';
export type { StandardSchema } from './standard-schema.ts';
export type { History } from './history.ts';
export type { OwnSteps, StepOptions } from './steps.ts';
export { unread, unwritten } from './file-error.ts';
export {
  and,
  at,
  between,
  byCreated,
  byUpdated,
  contains,
  desc,
  exists,
  gt,
  gte,
  includes,
  lt,
  lte,
  not,
  oneOf,
  or,
  refersTo,
  startsWith,
  type Condition,
  type Filter,
  type OrderBy,
  type Where,
} from './filter.ts';
export type { QueryOptions } from './query-options.ts';
export type {
  Found,
  SpacesChanges,
  SpacesHit,
  SpacesQuery,
  SpacesQueryOptions,
  SpacesSearchOptions,
} from './spaces-query.ts';
export { Listeners } from '../engine/listeners.ts';
export type { Observable } from './observable.ts';
export type { Presence, Present, Showing } from './presence.ts';
export { CoveError, isDamage, isDiskTrouble, type ErrorType } from '../engine/errors.ts';
export type { JsonValue, Member, Role } from '../engine/echo/replica.ts';
export type {
  DocumentAuthority,
  DocumentUpdate,
  MakeSplices,
  TextSplice,
  SpaceObjects,
  StoredObject,
} from '../engine/echo/object-types.ts';
export type { FileJoin } from '../engine/invitation/by-file/file-join.ts';
export type { GuestInvitation, HostInvitation } from '../engine/invitation/invitation.ts';
export type { PeerStatus } from '../engine/mesh/mesh.ts';
export { DEFAULT_ICE_SERVERS, DEFAULT_MEETING_POINTS } from '../../native/mqtt/defaults.ts';
export { replaceFile } from '../../native/durable-file.ts';
export { createPassphraseKeychain } from '../../native/keychain/index.ts';

// What those above are made of.
export type { PassphraseKeychainOptions } from '../../native/keychain/passphrase.ts';
export type { DefaultServer } from '../../native/mqtt/defaults.ts';
export type { AddressCheck, AddressKind } from '../../native/webrtc/address-check.ts';
export type { Hex } from '../engine/bytes.ts';
export type { Gaps } from '../engine/echo/history-log.ts';
export type { Selection } from '../engine/echo/history-text.ts';
export type {
  Authorship,
  Difference,
  FieldDifference,
  LongWork,
  PastObject,
  SpaceHistory,
  TextRun,
  Undone,
  Version,
} from '../engine/echo/history-types.ts';
export type { DocumentChange, FoundObject, ObjectQuery, Page, QueryChange } from '../engine/echo/object-types.ts';
export type { Manageable, Offered } from '../engine/echo/permissions.ts';
export type { Path } from '../engine/echo/query-filter.ts';
export type { OrderKey } from '../engine/echo/query-order.ts';
export type { MemberDevice } from '../engine/echo/replica.ts';
export type { SpaceSteps } from '../engine/echo/steps.ts';
export type { PhraseAnswer } from '../engine/halo/phrase.ts';
export type { Split } from '../engine/halo/share.ts';
export type { FileJoinState } from '../engine/invitation/by-file/file-join.ts';
export type { Step } from '../engine/invitation/by-file/format.ts';
export type { InvitableRole } from '../engine/invitation/host-store.ts';
export type { Guest, HostState } from '../engine/invitation/invitation.ts';
export type { HostAddress } from '../engine/meeting-address.ts';
export type { Steps } from '../engine/mesh/diary.ts';
export type { LinkKind, LinkWay } from '../engine/mesh/link-kind.ts';
export type {
  Cancel,
  Keychain,
  LanAddress,
  LanWay,
  Log,
  MeetingPointHealth,
  ProxyFault,
  ProxyHealth,
} from '../engine/ports.ts';
export type { BlobWaiting, ReadBlobOptions } from './blobs.ts';
export type { Bundles, Maker, SaveBundleOptions, SavedBundle, TakenBundle } from './bundles.ts';
export type { Disk } from './disk.ts';
export type { Finding, LanDiagnosis } from './doctor.ts';
export type { Knock, Knocked, KnockFault } from '../engine/mesh/knocking.ts';
export type { FileJoins } from './file-joins.ts';
export type { Comparable } from './filter.ts';
export type { Identified } from './history.ts';
export type { Named } from './named.ts';
export type { SpaceMeetingPoints } from './space-meeting-points.ts';
export type { Checked, InputOf, Issue, OutputOf } from './standard-schema.ts';
export type { PresentOf, RelationOf } from './types.ts';
export type { Relay } from './way-out.ts';
