/** What answers the windows: everything between the contract and the client. */
export { AppState } from './app-state.ts';
export { serveDocuments, type Documents } from './documents.ts';
export { handlers } from './handlers/index.ts';
export { servePhrase } from './phrase.ts';
export { keepPicturesOf } from './keep-pictures.ts';
export { loadPicture } from './pictures.ts';
export { Preferences } from './preferences.ts';
export { listen } from './router.ts';
export { ShowingWindows } from './showing.ts';
export { sources } from './sources/index.ts';
export { Subscriptions } from './subscriptions.ts';
export { Tasks } from './tasks.ts';
