/**
 * Looks at what a window shows, as the people who have to live with it do: in both themes and at both sizes, axe-core
 * finds nothing, nothing is cut off at the side, and a picture is kept in out/desktop/views for people to look at.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { violations } from '../renderer/accessibility.ts';
import { ROOT, size, type Cove } from './cove.ts';

const PICTURES = join(ROOT, 'out', 'desktop', 'views');
const WIDE = [1280, 800] as const;
const SMALL = [800, 600] as const;
type Look = readonly ['light' | 'dark', readonly [number, number]];
/** Each theme and each size once: a theme has the same colours at any size. COVE_VIEWS=all looks at all four. */
const LOOKS: readonly Look[] =
  process.env['COVE_VIEWS'] === 'all'
    ? [
        ['light', WIDE],
        ['dark', WIDE],
        ['light', SMALL],
        ['dark', SMALL],
      ]
    : [
        ['light', WIDE],
        ['dark', SMALL],
      ];

/** `only` one size for what the other has not: a menu of a pane that is a drawer there, a window of fixed size. */
export async function look(cove: Cove, name: string, only?: 'wide' | 'fixed', page: Page = cove.window): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  const looks: readonly Look[] =
    only === undefined
      ? LOOKS
      : [
          ['light', WIDE],
          ['dark', WIDE],
        ];
  for (const [theme, [width, height]] of looks) {
    if (only !== 'fixed') await fit(cove, page, width, height);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    const where = `${name}, ${theme}, ${only === 'fixed' ? 'its own size' : `${width}×${height}`}`;
    expect.soft(await violations(page), where).toEqual([]);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(beyond, `${where}: beyond the right edge`).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(PICTURES, `${name.replaceAll(' ', '-')}-${theme}-${width}.png`) });
  }
  if (only === undefined) await fit(cove, page, ...WIDE);
}

async function fit(cove: Cove, page: Page, width: number, height: number): Promise<void> {
  if ((await page.evaluate(() => window.innerWidth)) === width) return;
  await size(cove.app, width, height);
  await page.waitForFunction((wanted) => window.innerWidth === wanted, width);
}
