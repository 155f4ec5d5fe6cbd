/**
 * Settings of this device that hold no secret and are needed before the database opens: a small JSON file,
 * written beside it and swapped in whole. A damaged file means the defaults, never a failed start; what a newer Cove
 * has written besides is passed over.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Listeners, consoleLog, replaceFile } from '../client/index.ts';

const schema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Empty: the default list. */
  meetingPoints: z.array(z.string().max(200)).max(8).default([]),
  /** Empty: the default list. */
  stun: z.array(z.string().max(200)).max(8).default([]),
  /** Without secrets. */
  turn: z.array(z.string().max(200)).max(8).default([]),
  /** `none`, `system` or an address, without its password. */
  proxy: z.string().max(200).default('system'),
  /** Whether members are looked for on the network around. */
  lan: z.boolean().default(true),
  /** Whether this device carries for members who cannot reach each other. */
  carry: z.boolean().default(true),
  /** Whether pictures that are added keep what a camera wrote into them. */
  keepCameraData: z.boolean().default(false),
  /** Where they are looked for besides. */
  lanAddresses: z.array(z.string().max(200)).max(8).default([]),
  /** The own meeting point keeps its port, so that the address others have stays right. 0: any. */
  meetingPointPort: z.int().min(0).max(65_535).default(0),
  /** The one before, which codes and spaces may still name. */
  meetingPointFormerPort: z.int().min(0).max(65_535).default(0),
});
export type PreferenceValues = z.infer<typeof schema>;

export class Preferences {
  readonly changed = new Listeners(consoleLog);
  readonly #file: string;
  #values: PreferenceValues;

  constructor(file: string) {
    this.#file = file;
    this.#values = read(file);
  }

  get values(): PreferenceValues {
    return this.#values;
  }

  /** Throws CoveError: disk-full, disk-failing, folder-read-only; then nothing has changed. */
  set(values: Partial<PreferenceValues>): void {
    const all = { ...this.#values, ...values };
    replaceFile(this.#file, `${JSON.stringify(all, null, 2)}\n`);
    this.#values = all;
    this.changed.call();
  }
}

function read(file: string): PreferenceValues {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
  } catch {
    // Absent on the first start; unreadable is treated alike.
  }
  return schema.parse({});
}
