/** Puts the theme on the page: `data-theme` is "light" or "dark", whatever it was decided by. */
import type { Settings } from '../../preload/contract/index.ts';

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const KEY = 'cove.theme';

/** Answers how to stop following the system. */
export function applyTheme(theme: Settings['theme']): () => void {
  localStorage.setItem(KEY, theme);
  const show = () => {
    document.documentElement.dataset['theme'] = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
  };
  show();
  if (theme !== 'system') return () => {};
  dark.addEventListener('change', show);
  return () => dark.removeEventListener('change', show);
}

/** What was last chosen here, so that the first paint is right before the host has answered. */
export function lastTheme(): Settings['theme'] {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}
