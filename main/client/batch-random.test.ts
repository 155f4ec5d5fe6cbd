/** Batches with texts, of whatever changes: what they say while they last, and that all devices have the same after them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exchange } from '../../test/objects/device.ts';
import { testDevices } from '../../test/objects/devices.ts';
import { press } from '../../test/engine/log/two.ts';

const { device } = testDevices();

const edit = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'throw', 'ends'),
  note: fc.nat({ max: 2 }),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat({ max: 4 }),
  text: fc.constantFrom('x', 'yz', '\n', '🌿', ''),
});

test('of random changes of texts in a batch, beside open editors and others, all devices have the same in the end', () => {
  const [ana, ben] = [device(), device()];
  fc.assert(
    fc.property(fc.array(fc.array(edit, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), (batches) => {
      const ids = [0, 1].map((n) => ana.space.create({ n }, { body: 'one two three' }));
      ana.space.flush();
      exchange(ana, ben);
      const open = ana.space.document(ids[0] as string, 'body');
      for (const edits of batches) {
        const model: string[] = [];
        const own = [...ids];
        press(ana.space, ids[0] as string, 0, 0, 'k');
        press(ben.space, ids[0] as string, 0, 0, 'b');
        ana.space.batch(() => {
          own.push(ana.space.create({}, { body: 'new' }));
          for (const one of edits) change(own, model, one);
          for (const [i, text] of model.entries()) {
            if (text !== undefined) expect(ana.space.text(own[i] as string, 'body')).toBe(text);
          }
        });
        own.forEach((id, i) => model[i] !== undefined && expect(ana.space.text(id, 'body')).toBe(model[i]));
        for (const { space } of [ana, ben]) space.flush();
        exchange(ana, ben);
        for (const id of own) expect(ben.space.text(id, 'body')).toBe(ana.space.text(id, 'body'));
      }
      expect(open.text()).toBe(ana.space.text(ids[0] as string, 'body'));
      open.close();
      expect([ana.replica.rejected, ben.replica.rejected]).toEqual([[], []]);
    }),
    { numRuns: 25 },
  );

  function change(own: readonly string[], model: string[], one: typeof edit extends fc.Arbitrary<infer E> ? E : never) {
    const id = own[one.note] as string;
    const before = ana.space.text(id, 'body');
    if (model[one.note] !== undefined) expect(before).toBe(model[one.note]);
    if (one.kind === 'ends') return void ana.space.count();
    const whole = (at: number) => (/[\udc00-\udfff]/.test(before[at] ?? '') ? at - 1 : at);
    const from = whole(Math.floor(one.at * before.length));
    const to = one.kind === 'insert' ? from : Math.max(from, whole(Math.min(before.length, from + one.length)));
    const make = () => ({ at: from, remove: to - from, insert: one.text });
    if (one.kind === 'throw') {
      expect(() =>
        ana.space.batch(() => {
          ana.space.changeText(id, 'body', make);
          throw new Error('on purpose');
        }),
      ).toThrow('on purpose');
      model[one.note] = before;
    } else {
      ana.space.changeText(id, 'body', make);
      model[one.note] = before.slice(0, from) + one.text + before.slice(to);
    }
  }
});
