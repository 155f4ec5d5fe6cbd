/** The languages of code blocks, loaded when a block needs them. */
import { LanguageDescription } from '@codemirror/language';

export const languages: readonly LanguageDescription[] = [
  LanguageDescription.of({
    name: 'JavaScript',
    alias: ['js', 'jsx', 'mjs', 'cjs', 'node'],
    load: async () => (await import('@codemirror/lang-javascript')).javascript({ jsx: true }),
  }),
  LanguageDescription.of({
    name: 'TypeScript',
    alias: ['ts', 'tsx'],
    load: async () => (await import('@codemirror/lang-javascript')).javascript({ jsx: true, typescript: true }),
  }),
  LanguageDescription.of({ name: 'JSON', load: async () => (await import('@codemirror/lang-json')).json() }),
  LanguageDescription.of({ name: 'CSS', load: async () => (await import('@codemirror/lang-css')).css() }),
  LanguageDescription.of({
    name: 'HTML',
    alias: ['xml', 'svelte', 'vue'],
    load: async () => (await import('@codemirror/lang-html')).html(),
  }),
  LanguageDescription.of({
    name: 'Python',
    alias: ['py'],
    load: async () => (await import('@codemirror/lang-python')).python(),
  }),
];
