/** What handlers and sources stand on; built once in main/index.ts. */
import type { DeepLinks } from '../shell/deep-links.ts';
import type { Windows } from '../shell/windows.ts';
import type { AppState } from './app-state.ts';
import type { BundleTasks } from './bundle-tasks.ts';
import type { Preferences } from './preferences.ts';
import type { ShowingWindows } from './showing.ts';

export interface Environment {
  readonly state: AppState;
  readonly preferences: Preferences;
  readonly showing: ShowingWindows;
  readonly bundles: BundleTasks;
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
    | 'askToOpen'
    | 'setCommands'
    | 'isInFront'
  >;
  readonly version: string;
}
