/** Invitations that are taken and given. */
import { describe, expect, test } from 'vitest';
import { violations } from '../accessibility.ts';
import type { HostDouble } from '../host-double.ts';
import { CODE, digitsWanted, SCENES } from '../scenes.ts';
import { open, page } from './shown.ts';

declare const double: HostDouble;

export function joiningTests(): void {
  describe('joining', () => {
    test('a link that opened the app fills the box and does nothing else', async () => {
      await open('main');
      await page.evaluate((code) => {
        double.link = `cove://join#${code}`;
        double.changed();
      }, 'cove1something');
      const box = page.getByRole('textbox', { name: 'Invitation code or link' });
      await expect.poll(() => box.inputValue()).toBe('cove://join#cove1something');
      const called = await page.evaluate(() => double.calls.map(({ name }) => name));
      expect(called).not.toContain('invitations.accept');
    });

    test('a long message is looked through for its code, and one that is too long is called that', async () => {
      await open('main');
      await page.getByRole('button', { name: 'Join a space' }).click();
      const box = page.getByRole('textbox', { name: 'Invitation code or link' });
      await box.fill(`${'As I said last time. '.repeat(300)}${CODE}`);
      await page.getByText('This code is good').waitFor();
      await box.fill(`${'As I said last time. '.repeat(900)}${CODE}`);
      await page.getByText('That is too long to look through').waitFor();
      await box.fill('cove1wrong');
      const asked = () => page.evaluate(() => double.calls.filter(({ name }) => name === 'invitations.check').length);
      await page.getByText('This is not a valid invitation code').waitFor();
      const before = await asked();
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(await asked()).toBe(before);
    });

    test('a link waits while another question is open', async () => {
      await open('main');
      await page.keyboard.press('Control+Shift+n');
      await page.getByRole('textbox', { name: 'Name of the space' }).fill('House');
      await page.evaluate(() => {
        double.link = 'cove://join#cove1something';
        double.changed();
      });
      await page.waitForTimeout(300);
      expect(await page.getByRole('textbox', { name: 'Name of the space' }).inputValue()).toBe('House');
      await page.keyboard.press('Escape');
      await page.getByRole('textbox', { name: 'Invitation code or link' }).waitFor();
    });

    test('three wrong codes end it with a sentence and a way on', async () => {
      await open('main');
      await digitsWanted(page);
      for (const left of [2, 1]) {
        await page.keyboard.type('111111');
        await page.getByText(new RegExp(`${left} attempts? left`)).waitFor();
      }
      await page.keyboard.type('111111');
      await page.getByRole('button', { name: 'Try another code' }).waitFor();
      expect(await page.getByTestId('joining-state').getAttribute('data-state')).toBe('ended');
    });

    test('digits can be typed again after a connection lost while they were checked, and it says why', async () => {
      await open('main');
      await digitsWanted(page);
      // As the engine does it: the answer is null at once, and the connection goes in the middle of the proof.
      await page.evaluate(() => {
        const call = double.call.bind(double);
        const checking: HostDouble['call'] = (name, input) => {
          if (name !== 'invitations.authenticate') return call(name, input);
          double.joining([...double.joinings.keys()][0] as string, { state: 'checking', problem: null });
          return Promise.resolve({ ok: true, value: null as never });
        };
        Object.assign(double, { call: checking });
      });
      const field = page.getByRole('textbox', { name: 'Six-digit code' });
      await page.keyboard.type('111111');
      await page.locator('[data-testid=joining-state][data-state=checking]').waitFor();
      expect([await field.isDisabled(), await field.inputValue()]).toEqual([true, '111111']);
      const problem = { type: 'timeout', message: 'The connection was lost.', detail: {} };
      for (const state of ['locating', 'connecting', 'code'] as const) {
        await page.evaluate((change) => double.joining([...double.joinings.keys()][0] as string, change), {
          state,
          problem,
        });
        await page.locator(`[data-testid=joining-state][data-state=${state}]`).waitFor();
        await page.getByRole('alert').getByText('The connection was lost.').waitFor();
      }
      expect([await field.isDisabled(), await field.inputValue()]).toEqual([false, '']);
    });

    test('a join that goes through the meeting point says so while it is under way', async () => {
      await open('main');
      await digitsWanted(page);
      const said = page.getByText('this goes through the meeting point');
      const change = (to: object) =>
        page.evaluate((it) => double.joining([...double.joinings.keys()][0] as string, it), to);
      expect(await said.count()).toBe(0);
      await change({ relayed: true });
      await said.waitFor();
      await change({ state: 'ended', ended: { type: 'revoked', message: 'Withdrawn.', detail: {} } });
      await page.getByText('Withdrawn.').waitFor();
      expect(await said.count()).toBe(0);
    });

    test('a join that ends while its dialog is closed says so until that was seen', async () => {
      await open('main');
      await SCENES['looking for the host']?.act?.(page);
      await page.keyboard.press('Escape');
      const ended = { type: 'not-found', message: 'Nobody answered.', detail: {} };
      await page.evaluate(
        (failure) => double.joining([...double.joinings.keys()][0] ?? '', { state: 'ended', ended: failure }),
        ended,
      );
      const row = page.getByTestId('ended-unseen');
      await row.getByText('Nobody answered.').waitFor();
      expect(await violations(page)).toEqual([]);
      await row.getByRole('button', { name: 'Joining a space did not work' }).click();
      // The code was in the box of a dialog that is gone, so only another one can be offered.
      await page.getByRole('button', { name: 'Try another code' }).waitFor();
      expect(await page.getByRole('button', { name: 'Try the same code again' }).count()).toBe(0);
      await page.keyboard.press('Escape');
      await expect.poll(() => row.count()).toBe(0);
    });

    for (const [mode, width] of [
      ['three panes', 1280],
      ['a drawer', 800],
      ['a stack', 640],
    ] as const) {
      test(`who connects, and who asks to be let in, is told while the invitation’s dialog is closed: ${mode}`, async () => {
        await open('main');
        await page.getByRole('button', { name: 'Share' }).click();
        await page.getByRole('button', { name: 'Create invitation' }).click();
        await page.getByTestId('invitation-code').waitFor();
        await page.keyboard.press('Escape');
        await page.setViewportSize({ width, height: 600 });
        const change = (to: Parameters<HostDouble['invitation']>[1]) =>
          page.evaluate((it) => double.invitation([...double.invitations.keys()][0] ?? '', it), to);
        await change({ state: 'code' });
        const row = page.getByTestId('wanting');
        await row.getByText('Tell them the six digits for Garden').waitFor();
        const guest = { identityId: 'b'.repeat(64), name: 'Ben Okafor', avatar: 'ben', hue: 1 };
        await change({ state: 'admitting', asking: { ...guest, deviceId: 'f'.repeat(64), deviceName: '' } });
        await row.getByText('Ben Okafor asks to join').waitFor();
        expect(await violations(page)).toEqual([]);
        await row.getByRole('button').press('Enter');
        await page.getByRole('button', { name: 'Let in' }).waitFor();
        // The same key once more answers nothing.
        await expect.poll(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Close');
        await page.getByRole('button', { name: 'Let in' }).click();
        await expect.poll(() => row.count()).toBe(0);
      });
    }

    test('an invitation can be withdrawn where it stands while somebody is connecting, and another one made', async () => {
      await open('main');
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByRole('button', { name: 'Create invitation' }).click();
      await page.getByTestId('invitation-code').waitFor();
      const change = (to: Parameters<HostDouble['invitation']>[1]) =>
        page.evaluate((it) => double.invitation([...double.invitations.keys()][0] ?? '', it), to);
      // By this computer's clock it ought to be over: the moment is not named then.
      await change({ expiresAt: 1 });
      await page.getByText('Ends at any moment').waitFor();
      await change({ state: 'code' });
      await page.getByTestId('authentication-code').waitFor();
      await page.getByRole('button', { name: 'Revoke…' }).click();
      // It cannot be undone: Escape, and the first Enter, leave it as it was.
      await page.getByRole('heading', { name: /^Withdraw this invitation to/ }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByTestId('authentication-code').waitFor();
      await page.getByRole('button', { name: 'Revoke…' }).click();
      await page.getByRole('button', { name: 'Withdraw invitation' }).click();
      await page.getByRole('alert').getByText('This invitation was withdrawn.').waitFor();
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null))
        .toBe(true);
      await page.getByRole('button', { name: 'Make a new invitation' }).click();
      await page.getByRole('button', { name: 'Create invitation' }).waitFor();
    });

    test('a hosted invitation that wrong codes closed says so, and can be put away', async () => {
      await open('main');
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByRole('button', { name: 'Create invitation' }).click();
      await page.getByTestId('invitation-code').waitFor();
      await page.keyboard.press('Escape');
      const ended = { type: 'locked', message: 'Three wrong codes were typed.', detail: {} };
      await page.evaluate(
        (failure) => double.invitation([...double.invitations.keys()][0] ?? '', { state: 'ended', ended: failure }),
        ended,
      );
      const row = page.getByTestId('ended-unseen');
      await row.getByText('Three wrong codes were typed.').waitFor();
      await row.getByRole('button', { name: 'Close', exact: true }).click();
      await expect.poll(() => row.count()).toBe(0);
      expect(await page.evaluate(() => localStorage.getItem('cove.seen-ends'))).toMatch(/[0-9a-f]/);
    });

    test('an invitation for several people says who has joined, and stays open for the next', async () => {
      await open('main');
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByLabel('Several people may use it').click();
      await page.getByRole('button', { name: 'Create invitation' }).click();
      await page.getByTestId('invitation-code').waitFor();
      await page.evaluate(() =>
        double.invitation([...double.invitations.keys()][0] ?? '', { uses: 1, maxUses: 10, joinedName: 'Ben' }),
      );
      await page.getByTestId('joined-so-far').getByText('Ben has joined: 1 of 10 so far').waitFor();
      await page.getByTestId('invitation-code').waitFor();
    });

    test('of two who ask at once each is answered alone, and who comes in by another invitation is announced over the dialog', async () => {
      await open('main');
      for (const label of ['Ask me before letting anyone in', 'Several people may use it']) {
        await page.getByRole('button', { name: 'Share' }).click();
        await page.getByLabel(label).click();
        await page.getByRole('button', { name: 'Create invitation' }).click();
        await page.getByTestId('invitation-code').waitFor();
        if (label.startsWith('Ask')) await page.keyboard.press('Escape');
      }
      const change = (at: number, to: Parameters<HostDouble['invitation']>[1]) =>
        page.evaluate(([n, it]) => double.invitation([...double.invitations.keys()][n] ?? '', it), [at, to] as const);
      await change(0, { uses: 1, joinedName: 'Mira' });
      await page
        .getByTestId('toast')
        .getByText(/^Mira has joined/)
        .waitFor();
      const asking = (name: string, deviceId: string) =>
        change(1, {
          state: 'admitting',
          asking: { identityId: deviceId, name, avatar: name, hue: 1, deviceId, deviceName: 'Laptop' },
        });
      await asking('Ben', 'b');
      await page.getByRole('button', { name: 'Let in' }).click();
      await asking('Cid', 'c');
      const letIn = page.getByRole('button', { name: 'Let in' });
      await page.getByText('Cid asks to join').waitFor();
      expect(await letIn.isDisabled()).toBe(true);
      await letIn.click();
      const answered = await page.evaluate(() =>
        double.calls.flatMap(({ name, input }) => (name === 'invitations.answer' ? [input] : [])),
      );
      expect(answered.map((one) => (one as { deviceId: string }).deviceId)).toEqual(['b', 'c']);
    });

    test('who comes in while no dialog is open is announced, and so is being let in oneself', async () => {
      await open('main');
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByRole('button', { name: 'Create invitation' }).click();
      await page.getByTestId('invitation-code').waitFor();
      await page.keyboard.press('Escape');
      await page.evaluate(() =>
        double.invitation([...double.invitations.keys()][0] ?? '', { state: 'joined', uses: 1, joinedName: 'Ben' }),
      );
      await page
        .getByTestId('toast')
        .getByText(/^Ben has joined \w/)
        .waitFor();
      await digitsWanted(page);
      await page.keyboard.press('Escape');
      await page.evaluate(() => double.joining([...double.joinings.keys()][0] ?? '', { state: 'joined' }));
      await page.getByTestId('toast').getByText('You joined the space').waitFor();
    });

    test('the right code opens the space', async () => {
      await open('main');
      await digitsWanted(page);
      await page.keyboard.type('402917');
      await page.getByTestId('toast').getByText('You joined Kitchen renovation').waitFor();
      await page.getByRole('heading', { name: 'Kitchen renovation', level: 2 }).waitFor();
    });
  });
}
