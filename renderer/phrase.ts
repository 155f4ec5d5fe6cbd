/** The recovery phrase's own window: its page knows two calls and nothing of spaces or notes. */
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import { mount } from 'svelte';
import type { PhraseHost } from '../preload/contract/phrase.ts';
import PhraseWindow from './phrase/PhraseWindow.svelte';
import { applyTheme, lastTheme } from './settings/theme.ts';
import './styles/tokens.css';
import './styles/base.css';

declare global {
  interface Window {
    readonly covePhrase: PhraseHost;
  }
}

applyTheme(lastTheme());
const target = document.getElementById('app');
if (target === null) throw new Error('The page has no place for the phrase.');
mount(PhraseWindow, { target, props: { host: window.covePhrase } });
