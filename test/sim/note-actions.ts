/** What people do with notes: with their texts, fields and sets, in batches, and in search. */
import { ChangeSet } from '@codemirror/state';
import type { SpaceObjects } from '../../main/engine/echo/object-types.ts';
import { CoveError } from '../../main/engine/errors.ts';
import { CANARY, token, tokensIn } from './ledger.ts';
import type { SimPeer } from './peer.ts';
import type { Action } from './plan.ts';
import { pick, type Act } from './turn.ts';
import type { World } from './world.ts';

export const ON_NOTES = {
  type({ world, peer, dice, space, objects }) {
    const object = pick(dice, living(objects)) ?? objects.create({ type: 'note', title: CANARY });
    const document = peer.text(space, object);
    const text = document.text();
    const n = world.ledger.number();
    const at = betweenTokens(text, dice.u32() % (text.length + 1));
    push(document, { from: at, insert: token(n) });
    world.ledger.acknowledged(n, peer, space, object, 'text');
    if (dice.chance(0.2)) objects.setWatched(object, dice.chance(0.5));
    if (dice.chance(0.2)) peer.letGo(space, object);
    return 'done';
  },

  erase({ world, peer, dice, space, objects }) {
    const object = pick(dice, living(objects));
    if (object === undefined) return 'nothing to do';
    const document = peer.text(space, object);
    const text = document.text();
    if (text.length === 0) return 'nothing to do';
    const from = betweenTokens(text, dice.u32() % text.length);
    const to = betweenTokens(text, Math.min(text.length, from + (dice.u32() % 60)));
    if (to <= from) return 'nothing to do';
    // Before it is known to be acknowledged: a crash in between leaves it open whether they are gone.
    world.ledger.erased(tokensIn(text.slice(from, to)));
    push(document, { from, to });
    return 'done';
  },

  create({ world, peer, dice, space, objects }) {
    const n = world.ledger.number();
    const texts = dice.chance(0.4) ? { body: token(n) } : undefined;
    const id = objects.create({ type: 'note', title: `${CANARY} ${n}`, [`e${n}`]: `${CANARY} ${n}` }, texts);
    world.ledger.acknowledged(n, peer, space, id, 'field');
    if (texts) world.ledger.acknowledged(n, peer, space, id, 'text');
    if (world.planted === 'written into another space') copyElsewhere(world, peer, space, n);
    return 'done';
  },

  set({ world, peer, dice, space, objects }) {
    const object = pick(dice, living(objects));
    if (object === undefined) return 'nothing to do';
    const n = world.ledger.number();
    let isInText = false;
    objects.batch(() => {
      objects.set(object, `/e${n}`, `${CANARY} ${n}`);
      if (dice.chance(0.5)) objects.set(object, '/title', `${CANARY} title ${dice.u32() % 100}`);
      if (dice.chance(0.2)) objects.unset(object, '/title');
      isInText = dice.chance(0.3);
      const at = (text: string) => betweenTokens(text, dice.u32() % (text.length + 1));
      if (isInText) objects.changeText(object, 'body', (text) => ({ at: at(text), remove: 0, insert: token(n) }));
      if (dice.chance(0.2)) takeBack(objects, object);
    });
    world.ledger.acknowledged(n, peer, space, object, 'field');
    if (isInText) world.ledger.acknowledged(n, peer, space, object, 'text');
    return 'done';
  },

  collect({ dice, objects }) {
    const object = pick(dice, living(objects));
    if (object === undefined) return 'nothing to do';
    const element = `${CANARY} tag ${dice.u32() % 5}`;
    if (dice.chance(0.6)) objects.addTo(object, '/tags', element);
    else objects.removeFrom(object, '/tags', element);
    return 'done';
  },

  remove({ dice, objects }) {
    const object = pick(dice, living(objects));
    if (object === undefined) return 'nothing to do';
    objects.remove(object);
    return 'done';
  },

  restore({ dice, objects }) {
    const object = pick(
      dice,
      objects.query({ deleted: true }).map(({ id }) => id),
    );
    if (object === undefined) return 'nothing to do';
    objects.restore(object);
    return 'done';
  },

  rename({ dice, objects }) {
    objects.setSpaceField('name', `${CANARY} space ${dice.u32() % 100}`);
    return 'done';
  },

  flush({ objects }) {
    objects.flush();
    return 'done';
  },

  search({ objects }) {
    objects.search(CANARY, 5);
    objects.count({ type: 'note' });
    return 'done';
  },
} satisfies Partial<Record<Action, Act>>;

function copyElsewhere({ spaces }: World, peer: SimPeer, space: string, n: number): void {
  for (const key of spaces.keys()) {
    if (key !== space) peer.space(key)?.create({ type: 'note', title: CANARY, [`e${n}`]: `${CANARY} ${n}` });
  }
}

/** Notes: nobody honest touches what is no note. */
const living = (objects: SpaceObjects): string[] => objects.query({ type: 'note' }).map(({ id }) => id);

function push(
  document: ReturnType<SpaceObjects['document']>,
  change: { readonly from: number; readonly to?: number; readonly insert?: string },
): void {
  const changes = ChangeSet.of(change, document.text().length).toJSON() as unknown;
  const { status } = document.push(document.version, [{ changes, clientId: 'window' }]);
  if (status !== 'accepted') throw new Error('the only window was told that it is late');
}

/** Changes a text in a batch that throws: nothing of it may be left. */
function takeBack(objects: SpaceObjects, object: string): void {
  const before = objects.text(object, 'body');
  try {
    objects.batch(() => {
      objects.changeText(object, 'body', () => ({ at: 0, remove: before.length, insert: CANARY }));
      throw new CoveError('cancelled');
    });
  } catch (error) {
    if (!(error instanceof CoveError && error.type === 'cancelled')) throw error;
  }
  if (objects.text(object, 'body') !== before) throw new Error('a batch that threw changed a text');
}

/** The end of the token that `at` is in, or `at`. */
function betweenTokens(text: string, at: number): number {
  const open = text.lastIndexOf('⟦', at - 1);
  const close = text.lastIndexOf('⟧', at - 1);
  if (open < 0 || close > open) return at;
  return text.indexOf('⟧', at) + 1;
}
