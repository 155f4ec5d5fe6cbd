/**
 * What pages may do in this app's sessions: nothing but show themselves. Permissions are a table with a
 * reason on every row; requests leave only for our own origin; navigation and new windows are denied.
 */
import { app, type Session, type WebContents } from 'electron';
import { ownPage } from './origin.ts';

/** Electron's permission names that are granted, each with its reason. All others are denied. */
export const GRANTED: Readonly<Record<string, string>> = {
  'clipboard-sanitized-write': 'Copying text from the editor: plain text only, on the person’s own key press.',
};

export function applySessionPolicy(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide, details) =>
    decide(permission in GRANTED && ownPage(details.requestingUrl) !== null),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => permission in GRANTED && ownPage(`${origin}/`) !== null,
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, decide) => decide({}));
  // No page of ours loads anything from elsewhere; the policy above says so, and this holds if it is bypassed.
  session.webRequest.onBeforeRequest((details, decide) => {
    const url = details.url;
    decide({ cancel: ownPage(url) === null && !/^(?:devtools|data|blob):/.test(url) });
  });
  // Chromium would download dictionaries from its servers.
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
}

/** For every WebContents that is ever made, ours or not. */
export function applyContentsPolicy(): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}
