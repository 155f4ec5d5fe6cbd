/** The languages of code blocks. HTML, CSS and JavaScript come with Markdown's own support; the others load when needed. */
import { css } from '@codemirror/lang-css';
import { html } from '@codemirror/lang-html';
import { javascript } from '@codemirror/lang-javascript';
import { LanguageDescription } from '@codemirror/language';

export const languages: readonly LanguageDescription[] = [
  LanguageDescription.of({
    name: 'JavaScript',
    alias: ['js', 'jsx', 'mjs', 'cjs', 'node'],
    support: javascript({ jsx: true }),
  }),
  LanguageDescription.of({
    name: 'TypeScript',
    alias: ['ts', 'tsx'],
    support: javascript({ jsx: true, typescript: true }),
  }),
  LanguageDescription.of({ name: 'JSON', load: async () => (await import('@codemirror/lang-json')).json() }),
  LanguageDescription.of({ name: 'CSS', support: css() }),
  LanguageDescription.of({
    name: 'HTML',
    alias: ['xml', 'svelte', 'vue'],
    support: html(),
  }),
  LanguageDescription.of({
    name: 'Python',
    alias: ['py'],
    load: async () => (await import('@codemirror/lang-python')).python(),
  }),
];
