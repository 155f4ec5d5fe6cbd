/** All handlers; a row of the contract that none of them answers does not compile. */
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';
import { backupHandlers } from './backups.ts';
import { bundleHandlers } from './bundles.ts';
import { deviceHandlers } from './devices.ts';
import { doctorHandlers } from './doctor.ts';
import { fileJoinHandlers } from './file-joins.ts';
import { fileHandlers } from './files.ts';
import { historyHandlers } from './history.ts';
import { identityHandlers } from './identity.ts';
import { invitationHandlers } from './invitations.ts';
import { linkHandlers } from './links.ts';
import { noteHandlers } from './notes.ts';
import { pictureHandlers } from './pictures.ts';
import { settingsHandlers } from './settings.ts';
import { spaceHandlers } from './spaces.ts';
import { storageHandlers } from './storage.ts';

export const handlers = (environment: Environment): Handlers => ({
  ...identityHandlers(environment),
  ...deviceHandlers(environment),
  ...backupHandlers(environment),
  ...bundleHandlers(environment),
  ...spaceHandlers(environment),
  ...noteHandlers(environment),
  ...pictureHandlers(environment),
  ...historyHandlers(environment),
  ...fileHandlers(environment),
  ...invitationHandlers(environment),
  ...fileJoinHandlers(environment),
  ...settingsHandlers(environment),
  ...storageHandlers(environment),
  ...linkHandlers(environment),
  ...doctorHandlers(environment),
});
