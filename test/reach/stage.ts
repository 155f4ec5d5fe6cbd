/** For a file of tests: a lab and people for each of them, gone after it. */
import { afterEach, beforeEach } from 'vitest';
import { Lab } from './lab.ts';
import { People } from './people.ts';

export interface Stage {
  readonly lab: Lab;
  readonly people: People;
}

export function staging(): Stage {
  const stage = {} as { lab: Lab; people: People };
  beforeEach(async () => {
    stage.people = new People();
    stage.lab = await Lab.open();
  });
  afterEach(async () => {
    await stage.people.close();
    await stage.lab.close();
  });
  return stage;
}
