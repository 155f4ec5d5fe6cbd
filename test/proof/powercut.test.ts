/**
 * A power cut at any moment loses nothing that was acknowledged (protocol §9 R1, R2). A recorder below SQLite writes down
 * every operation on the disk while the real engine works; then the disk is built as a cut after each of them could have
 * left it, and opened by the app's own start.
 */
import { expect, test } from 'vitest';
import { cutPower } from './powercut/powercut.ts';
import type { PowerCutOptions, PowerCutResult } from './powercut/powercut.ts';
import { record, sized } from './scale.ts';

const IMAGES = sized({ share: 1_800, proof: 18_000, nightly: 900_000 });
/** Opening an encrypted image takes longer and says the same: the recorder is below the cipher. */
const ENCRYPTED = sized({ share: 200, proof: 2_000, nightly: 100_000 });
const PER_WORKLOAD = 6_000;
const whole = { unopened: 0, lost: 0, reused: 0, inconsistent: 0, examples: [] };

async function cutOften(images: number, options: Omit<PowerCutOptions, 'seed' | 'images' | 'steps'>): Promise<number> {
  let tried = 0;
  for (let seed = 1; tried < images; seed++) {
    const wanted = Math.min(PER_WORKLOAD, images - tried);
    const { images: made, ...found } = await cutPower({ ...options, seed, images: wanted, steps: 40 });
    expect({ seed, ...found }).toEqual({ seed, ...whole });
    tried += made;
  }
  return tried;
}

test(
  'no power cut loses an acknowledged edit or gives a number twice, and with synchronous=NORMAL it would',
  { timeout: sized({ share: 1_800_000, proof: 0, nightly: 0 }) },
  async () => {
    const plain = await cutOften(IMAGES, {});
    const encrypted = await cutOften(ENCRYPTED, { encrypted: true });
    const careless: PowerCutResult = await cutPower({ seed: 1, images: 150, steps: 30, synchronous: 'NORMAL' });
    const forgetful = await cutPower({ seed: 1, images: 150, steps: 30, synchronous: 'NORMAL', numbersOnly: true });
    record({
      id: 'R1',
      promise: 'A power cut loses nothing acknowledged and repeats no sequence number',
      figure: `${plain + encrypted} crash images, ${encrypted} of them encrypted, 0 lost, 0 repeated`,
      control: {
        planted: `synchronous=NORMAL: ${careless.lost} of ${careless.images} images lost edits, and ${forgetful.reused} of ${forgetful.images} gave a number twice`,
        caught: careless.lost > 0 && forgetful.reused > 0,
      },
    });
  },
);
