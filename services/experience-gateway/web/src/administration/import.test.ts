// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { BatchCheck } from '../api/types';
import { holdsSecrets, kChoosing, mayRegister, nothingToDo, progressOf, reduce, unreadable, type Import, type ImportEvent } from './import';

const plan = (changes: Partial<BatchCheck['plan']>): BatchCheck => ({ plan: { rows: 3, create: 3, unchanged: 0, provisioned: 0, bad: 0, ...changes } });
const kBad: BatchCheck = { ...plan({ create: 2, bad: 1 }), errors: [{ field: 'line 3, serial', code: 'bad', message: 'm' }], errorCount: 1 };
const after = (...events: ImportEvent[]): Import => events.reduce(reduce, kChoosing);
const checked = (check: BatchCheck, ...more: ImportEvent[]): Import => after({ type: 'check' }, { type: 'checked', check }, ...more);

describe('registering many', () => {
  it('goes from a file without faults to kept credentials', () => {
    const registered = checked(plan({}), { type: 'send' }, { type: 'registered', batchId: 'b', skipped: 0 });
    expect(registered).toEqual({ step: 'registered', batchId: 'b', skipped: 0, saved: false });
    expect(holdsSecrets(registered)).toBe(true);
    expect(holdsSecrets(reduce(registered, { type: 'saved' }))).toBe(false);
  });

  it('sends nothing with a bad row in it until somebody says to leave it out', () => {
    expect(mayRegister(checked(kBad))).toBe(false);
    expect(checked(kBad, { type: 'send' }).step).toBe('checked');
    expect(checked(kBad, { type: 'skipBad', on: true }, { type: 'send' }).step).toBe('sending');
  });

  it('never begins with leaving rows out, not even after another file had bad ones', () => {
    const again = [{ type: 'skipBad', on: true }, { type: 'chosen' }, { type: 'check' }, { type: 'checked', check: kBad }] as const;
    expect(checked(kBad, ...again)).toMatchObject({ step: 'checked', skipBad: false });
  });

  it('has nothing to send when every row is there already, and says so', () => {
    const same = checked(plan({ create: 0, unchanged: 3 }));
    expect(mayRegister(same)).toBe(false);
    expect(same.step === 'checked' && nothingToDo(same.checked)).toBe(true);
    expect(checked(plan({}), { type: 'send' }, { type: 'nothing', rows: 3 })).toEqual({ step: 'nothing', rows: 3 });
  });

  it('comes back to what was checked when the server refuses, with its words', () => {
    expect(checked(plan({}), { type: 'send' }, { type: 'refused', message: 'busy' })).toMatchObject({ step: 'checked', problem: 'busy' });
    expect(after({ type: 'check' }, { type: 'refused', message: 'busy' })).toEqual({ step: 'choosing', problem: 'busy' });
  });

  it('lets nothing be chosen while it sends, and drops answers that come late', () => {
    const sending = checked(plan({}), { type: 'send' });
    expect(reduce(sending, { type: 'chosen' })).toBe(sending);
    expect(reduce(kChoosing, { type: 'registered', batchId: 'b', skipped: 0 })).toBe(kChoosing);
    expect(reduce(kChoosing, { type: 'checked', check: plan({}) })).toBe(kChoosing);
  });

  it('sends serials that it makes itself without a check', () => {
    expect(after({ type: 'send' })).toMatchObject({ step: 'sending', checked: null });
  });
});

describe('the progress', () => {
  it('is first that of the way up, then what the server says', () => {
    const sending = checked(plan({}), { type: 'send' }, { type: 'sent', share: 0.5 });
    expect(progressOf(sending)).toEqual({ words: 'Sending the file', share: 0.5 });
    const sent = reduce(sending, { type: 'sent', share: 1 });
    expect(progressOf(sent)).toEqual({ words: 'The server reads the file', share: null });
    const writing = reduce(sent, { type: 'progress', progress: { phase: 'writing', rows: 2000, done: 500 } });
    expect(progressOf(writing)).toEqual({ words: 'Registering: 500 of 2,000', share: 0.25 });
  });
});

it('of a file that cannot be read to its end the bad rows are counted, not their cells', () => {
  const error = (line: number, column: string) => ({ field: `line ${line}, ${column}`, code: 'x', message: 'm', line, column });
  expect(unreadable([error(2, 'group'), error(2, 'serial'), error(3, 'model'), error(4, '')], 4).plan.bad).toBe(3);
});
