/** What handlers and sources stand on; built once in main/index.ts. */
import type { BundleTask } from '../../preload/contract/bundles.ts';
import type { FileTask } from '../../preload/contract/files.ts';
import type { StorageTask } from '../../preload/contract/storage.ts';
import type { DeepLinks } from '../shell/deep-links.ts';
import type { Windows } from '../shell/windows.ts';
import type { AppState } from './app-state.ts';
import type { Preferences } from './preferences.ts';
import type { ShowingWindows } from './showing.ts';
import type { Tasks } from './tasks.ts';

export interface Environment {
  readonly state: AppState;
  readonly preferences: Preferences;
  readonly showing: ShowingWindows;
  readonly bundles: Tasks<BundleTask['task']>;
  readonly files: Tasks<FileTask['task']>;
  readonly storage: Tasks<StorageTask['task']>;
  readonly links: Pick<DeepLinks, 'take' | 'waiting' | 'changed'>;
  readonly windows: Pick<
    Windows,
    | 'openMain'
    | 'openPhrase'
    | 'closePhrase'
    | 'phraseTask'
    | 'askWhereToSave'
    | 'askForBackup'
    | 'askForFile'
    | 'askForFolder'
    | 'askToOpen'
    | 'setCommands'
    | 'isInFront'
  >;
  readonly version: string;
}
