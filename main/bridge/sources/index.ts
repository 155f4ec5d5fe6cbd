/** All sources; a topic of the contract that none of them feeds does not compile. */
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { backupSources } from './backups.ts';
import { bundleSources } from './bundles.ts';
import { deviceSources } from './devices.ts';
import { doctorSources } from './doctor.ts';
import { fileJoinSources } from './file-joins.ts';
import { fileSources } from './files.ts';
import { historySources } from './history.ts';
import { identitySources } from './identity.ts';
import { invitationSources } from './invitations.ts';
import { noteSources } from './notes.ts';
import { pictureSources } from './pictures.ts';
import { settingsSources } from './settings.ts';
import { spaceSources } from './spaces.ts';
import { storageSources } from './storage.ts';

export const sources = (environment: Environment): Sources => ({
  ...identitySources(environment),
  ...deviceSources(environment),
  ...backupSources(environment),
  ...bundleSources(environment),
  ...spaceSources(environment),
  ...noteSources(environment),
  ...pictureSources(environment),
  ...historySources(environment),
  ...fileSources(environment),
  ...invitationSources(environment),
  ...fileJoinSources(environment),
  ...settingsSources(environment),
  ...doctorSources(environment),
  ...storageSources(environment),
});
