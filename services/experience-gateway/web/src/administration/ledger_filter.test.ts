// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { addressOf, choiceFrom, countOf, daysFault, filterOf, tidySerial } from './ledger_filter';

const kNothing = { group: '', act: '', serial: '', person: '', from: '', to: '' };

describe('what is chosen of the ledger', () => {
  it('stands in the address and comes back from it', () => {
    const choice = { group: 'g1', act: 'device.released', serial: 'GEN-1', person: 'p1', from: '2026-11-01', to: '2026-11-02' };
    expect(choiceFrom(addressOf(choice).replace('/admin/ledger', ''))).toEqual(choice);
    expect(countOf(choice)).toBe(6);
  });

  it('is everything when nothing is chosen, blanks included', () => {
    expect(addressOf({ ...kNothing, serial: '  ' })).toBe('/admin/ledger');
    expect(choiceFrom('')).toEqual(kNothing);
    expect(countOf({ ...kNothing, serial: ' ' })).toBe(0);
  });

  it('names days that cannot be', () => {
    expect(daysFault({ ...kNothing, from: '2026-11-02', to: '2026-11-01' })).toContain('after');
    expect(daysFault({ ...kNothing, from: '2026-11-01', to: '2026-11-01' })).toBeNull();
    expect(daysFault({ ...kNothing, from: '2026-11-02' })).toBeNull();
  });

  it('asks for whole days', () => {
    const filter = filterOf({ ...kNothing, from: '2026-11-01', to: '2026-11-01', person: 'p1' });
    expect(filter.person).toBe('p1');
    expect(Date.parse(filter.to ?? '') - Date.parse(filter.from ?? '')).toBe(86_399_000);
  });
});

it.each([['gen 7k3m q9xt 4z', 'GEN7K3MQ9XT4Z'], ['  gen7k3mq9xt4z ', 'GEN7K3MQ9XT4Z'], ['knr-1', 'KNR-1'], [' a ', 'a'], ['', '']])(
  'a serial typed as %j without known prefixes is looked for as %j', (typed, wanted) => {
    expect(tidySerial(typed, [])).toBe(wanted);
  });

it('a serial with check characters is looked for as its label has it', () => {
  expect(tidySerial('gen7k3mq9xt4z', ['GEN'])).toBe('GEN-7K3M-Q9XT-4Z');
});
