/** The main window's page: one workspace on the host that the preload put there. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import { mount } from 'svelte';
import { loadEditor } from './notes/load-editor.ts';
import { applyTheme, lastTheme } from './settings/theme.ts';
import { Workspace } from './state/workspace.svelte.ts';
import './styles/tokens.css';
import './styles/base.css';
import App from './views/App.svelte';

applyTheme(lastTheme());
const target = document.getElementById('app');
if (target === null) throw new Error('The page has no place for the app.');
// On its way while the first view is made.
void loadEditor();
mount(App, { target, props: { workspace: new Workspace(window.cove) } });
