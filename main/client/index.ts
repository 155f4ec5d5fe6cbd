/** What `import … from 'cove'` gives: the SDK. The app's bridge uses the same. */
export { Client } from './client.ts';
export { InvitationEncoder, type ReceivedInvitation } from './invitation-encoder.ts';
export { bindFrom, dataDirFrom, isLoopback, meetingPointsFrom, type ClientOptions } from './options.ts';
export type { Echo, Joining } from './echo.ts';
export type { Halo, HaloDevice, HaloProfile } from './halo.ts';
export type { Mesh } from './mesh.ts';
export type { InvitationOptions, Space } from './space.ts';
export type { Database, Filter, QueryResult } from './database.ts';
export type { Fields, LiveObject } from './live-object.ts';
export { Listeners, type Observable } from './observable.ts';
export type { Presence, Present, Showing } from './presence.ts';
export { CoveError, type ErrorType } from '../engine/errors.ts';
export type { JsonValue, Member, Role } from '../engine/echo/replica.ts';
export type { DocumentAuthority, DocumentUpdate, SpaceObjects, StoredObject } from '../engine/echo/object-types.ts';
export type { GuestInvitation, HostInvitation } from '../engine/invitation/invitation.ts';
export type { PeerStatus } from '../engine/mesh/mesh.ts';
export { DEFAULT_MEETING_POINTS } from '../../native/mqtt/defaults.ts';
export { createPassphraseKeychain } from '../../native/keychain/index.ts';
