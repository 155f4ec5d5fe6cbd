/** Notes of some 300 characters, as many as are wanted, in a space that is measured afterwards. */
import type { Space } from '../../main/client/index.ts';

const BATCH = 1_000;

/** A multiple of 1,000. Their texts are indexed when it resolves: whoever opens the space next has no such work. */
export async function addShortNotes({ db, objects }: Space, notes: number): Promise<void> {
  for (let n = 0; n < notes; n += BATCH) {
    objects.batch(() => {
      for (let i = n; i < n + BATCH; i++) {
        const body = `The gate and the barrel of the bean fence, number ${i}. `.repeat(6);
        objects.create({ type: 'note', title: `Note ${i}` }, { body });
      }
    });
  }
  await db.flush();
  await objects.caughtUp();
}
