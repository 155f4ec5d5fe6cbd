/** axe-core on a page that the app's policy protects: what it finds there, by rule and element. */
import axe from 'axe-core';
import type { Page } from 'playwright';

interface WithAxe {
  axe?: typeof axe;
}

export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) {
    // The policy forbids scripts from elsewhere, so axe comes in through the debugger, once per page.
    const session = await page.context().newCDPSession(page);
    await session.send('Runtime.evaluate', { expression: axe.source });
    await session.detach();
  }
  const { violations: found } = await page.evaluate(async () => {
    // What fades in has to be there for its contrast to count; what goes on for ever (a caret, a busy sign) is left.
    const ending = document
      .getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.race([
      Promise.allSettled(ending.map(({ finished }) => finished)),
      new Promise((resolve) => setTimeout(resolve, 300)),
    ]);
    return (window as unknown as Required<WithAxe>).axe.run(document, { resultTypes: ['violations'] });
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** A fault of each kind that the tests look for, put into a page: a button without a name, a style that the policy forbids. */
export async function plant(page: Page): Promise<void> {
  await page.evaluate(() => {
    const bad = document.createElement('button');
    bad.setAttribute('style', 'color: red');
    document.querySelector('main')?.append(bad);
  });
}
