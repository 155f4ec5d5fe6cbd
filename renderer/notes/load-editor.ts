/** The editor is the larger half of the page's code, so the frame is shown first and the editor follows at once. */
export function loadEditor(): Promise<typeof import('./editor/editor.ts')> {
  return import('./editor/editor.ts');
}
