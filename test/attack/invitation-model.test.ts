/**
 * Any order of guesses, restarts, kills and withdrawals against a model of the invitation that is three lines long:
 * a wrong guess counts one, the third locks, only the right code on an open invitation lets one in.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import type { HostInvitation } from '../../main/engine/invitation/invitation.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { guess, intrude } from './harness/attacker.ts';
import { person } from './harness/people.ts';

beforeAll(ready);

const ACTIONS = ['wrong', 'wrong by an intruder', 'right', 'restart host', 'restart guest', 'revoke', 'wait'] as const;
type Action = (typeof ACTIONS)[number];
interface Model {
  state: 'listening' | 'locked' | 'revoked' | 'completed';
  fails: number;
  members: number;
}

/** Plays the actions; where the real invitation differs from the model, says so. */
async function play(actions: readonly Action[], seed: number, count: (model: Model) => void): Promise<void> {
  const net = new SimNet({ seed });
  const host = await person(net, 'ann');
  const guest = await person(net, 'ben');
  const { id, code: text, authenticationCode } = host.invitations.create(host.replicas.create());
  const right = authenticationCode as string;
  const wrong = right === '111111' ? '222222' : '111111';
  const model: Model = { state: 'listening', fails: 0, members: 1 };
  const real = (): HostInvitation => host.invitations.get(id) as HostInvitation;
  const members = (): number => host.replicas.all()[0]?.authority().members.length ?? 0;
  const authenticate = async (digits: string): Promise<string> => {
    if (model.state === 'completed') return 'skipped';
    const end = guest.invitations.accept(text).authenticate(digits);
    return net.complete(
      end.then(
        () => 'joined',
        (error: { type: string }) => error.type,
      ),
      300_000,
    );
  };
  const failed = (): void => {
    if (model.state !== 'listening') return;
    count(model);
    if (model.fails >= 3) model.state = 'locked';
  };
  for (const [i, action] of actions.entries()) {
    if (action === 'wrong') {
      const before = model.state;
      const end = await authenticate(wrong);
      failed();
      const states: string[] = [model.state === 'listening' ? 'wrong-code' : model.state, 'skipped'];
      expect(states, `${before} → ${end}`).toContain(end);
    } else if (action === 'wrong by an intruder') {
      const intruder = await intrude(net, `intruder-${i}`, text);
      const answer = intruder && (await guess(net, intruder, wrong));
      intruder?.link.secure.close();
      expect(answer?.type === 'PakeBad').toBe(model.state === 'listening');
      failed();
    } else if (action === 'right') {
      const end = await authenticate(right);
      if (model.state === 'listening') {
        expect(end).toBe('joined');
        model.members = 2;
        model.state = 'completed';
      } else expect(['skipped', model.state]).toContain(end);
    } else if (action === 'restart host') await host.restart();
    else if (action === 'restart guest') await guest.restart();
    else if (action === 'revoke') {
      real().revoke();
      if (model.state === 'listening') model.state = 'revoked';
    }
    await net.run(action === 'wait' ? 400_000 : 31_000);
    expect({
      state: real().state === 'ready-for-code' ? 'listening' : real().state,
      fails: real().fails,
      members: members(),
    }).toEqual(model);
  }
}

const sequences = fc.array(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 9 });

test('an invitation does what the model does, whatever happens in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(sequences, fc.nat(1_000), (actions, seed) => play(actions, seed, (model) => model.fails++)),
    { numRuns: Number(process.env['COVE_MODEL_RUNS'] ?? 12), endOnFailure: true },
  );
});

test('a model that forgets every second failure is told from the real thing', async () => {
  let forget = false;
  const forgetful = (model: Model): void => {
    if (!forget) model.fails++;
    forget = !forget;
  };
  await expect(play(['wrong', 'wrong by an intruder', 'wrong'], 1, forgetful)).rejects.toThrow();
});
