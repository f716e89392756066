// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { actorText, actText, detailText } from './ledger';
import { kActs, kReasons } from './ledger_words';

it('a ledger line is told in words', () => {
  expect(actText('device.assigned')).toBe('Device handed over');
  expect(actText('device.polished_again')).toBe('Device polished again');
  expect(detailText({ model: 'kd-30', groupId: 'x', batchId: 'y', presses: 1, nested: {} })).toBe('Model: kd-30 · Presses: 1');
  expect(detailText({ from: '61c0ffee61c0ffee61c0ffee', to: '', name: 'West' })).toBe('Name: West');
  expect(detailText({ changed: ['name', 'tags'] })).toBe('Changed: name, tags');
  expect(detailText('by hand')).toBe('by hand');
  expect(detailText(null)).toBe('');
});

it('reasons are sentences, and times are times', () => {
  expect(detailText({ reason: 'time_up' })).toBe('Why: the time was up');
  expect(detailText({ reason: 'out_of_thin_air' })).toBe('Why: out of thin air');
  expect(detailText({ notAfter: '2026-11-24T12:00:00.000Z' })).toMatch(/^Until: 24 Nov 2026/);
  for (const words of [...Object.values(kActs), ...Object.values(kReasons)]) expect(words).not.toMatch(/_|\.[a-z]/);
});

it('its actor may be a name, a user or nobody', () => {
  const line = { seq: 1, at: '', act: '' };
  expect(actorText({ ...line, actor: 'Ada' })).toBe('Ada');
  expect(actorText({ ...line, actor: { name: null, email: 'a@b.c' } })).toBe('a@b.c');
  expect(actorText(line)).toBeNull();
});
