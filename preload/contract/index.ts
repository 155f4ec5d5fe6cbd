/**
 * The whole contract between windows and the engine's host. A handler missing on either side does not compile.
 * Add an operation: a row here in its domain's file, then the compiler names the places that need it.
 */
import type { z } from 'zod';
import { backupOperations, backupTopics } from './backups.ts';
import { bundleOperations, bundleTopics } from './bundles.ts';
import { deviceOperations, deviceTopics } from './devices.ts';
import { doctorOperations, doctorTopics } from './doctor.ts';
import { fileJoinOperations, fileJoinTopics } from './file-joins.ts';
import { fileOperations, fileTopics } from './files.ts';
import { historyOperations, historyTopics } from './history.ts';
import { identityOperations, identityTopics } from './identity.ts';
import { invitationOperations, invitationTopics } from './invitations.ts';
import { linkOperations } from './links.ts';
import { noteOperations, noteTopics } from './notes.ts';
import type { Operation, Result, Topic } from './operation.ts';
import { pictureOperations, pictureTopics } from './pictures.ts';
import { settingsOperations, settingsTopics } from './settings.ts';
import { spaceOperations, spaceTopics } from './spaces.ts';
import { storageOperations, storageTopics } from './storage.ts';

export const operations = {
  ...identityOperations,
  ...deviceOperations,
  ...backupOperations,
  ...bundleOperations,
  ...spaceOperations,
  ...noteOperations,
  ...pictureOperations,
  ...historyOperations,
  ...fileOperations,
  ...invitationOperations,
  ...fileJoinOperations,
  ...settingsOperations,
  ...storageOperations,
  ...linkOperations,
  ...doctorOperations,
};
export const topics = {
  ...identityTopics,
  ...deviceTopics,
  ...backupTopics,
  ...bundleTopics,
  ...spaceTopics,
  ...noteTopics,
  ...pictureTopics,
  ...historyTopics,
  ...fileTopics,
  ...storageTopics,
  ...invitationTopics,
  ...fileJoinTopics,
  ...settingsTopics,
  ...doctorTopics,
};

export type OperationName = keyof typeof operations;
export type TopicName = keyof typeof topics;

/** What a window sends (defaults may be left out) … */
export type Input<Name extends OperationName> = z.input<(typeof operations)[Name]['input']>;
/** … and what a handler gets. */
export type Parsed<Name extends OperationName> = z.output<(typeof operations)[Name]['input']>;
export type Output<Name extends OperationName> =
  (typeof operations)[Name] extends Operation<z.ZodType, infer Value> ? Value : never;
export type TopicParams<Name extends TopicName> = z.input<(typeof topics)[Name]['params']>;
export type ParsedParams<Name extends TopicName> = z.output<(typeof topics)[Name]['params']>;
export type Snapshot<Name extends TopicName> =
  (typeof topics)[Name] extends Topic<z.ZodType, infer Value> ? Value : never;

/** What the preload exposes as `window.cove`: three functions, nothing else. */
export interface Host {
  call<Name extends OperationName>(name: Name, input: Input<Name>): Promise<Result<Output<Name>>>;
  /** `onSnapshot` is called with the present state first. Cancelling twice is harmless. */
  subscribe<Name extends TopicName>(
    name: Name,
    params: TopicParams<Name>,
    onSnapshot: (snapshot: Result<Snapshot<Name>>) => void,
  ): () => void;
  /**
   * Asks for a document port. It arrives at the page as a `message` event on `window` from itself with
   * `data = {type: 'cove:document', request}` and the port in `ports[0]`, because a MessagePort cannot
   * cross the context bridge as a value. `field` is `body` for notes.
   */
  openDocument(request: string, spaceId: string, objectId: string, field: string): void;
}

export type { Failure, Result } from './operation.ts';
export type * from './identity.ts';
export type * from './devices.ts';
export type * from './backups.ts';
export type * from './bundles.ts';
export type * from './spaces.ts';
export type * from './notes.ts';
export type * from './pictures.ts';
export type * from './history.ts';
export type * from './files.ts';
export type * from './invitations.ts';
export type * from './file-joins.ts';
export type * from './settings.ts';
export type * from './storage.ts';
export type * from './doctor.ts';
export * from './document.ts';
