// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { actorText, actText, detailText } from './ledger';

it('a ledger line is told in words', () => {
  expect(actText('device.assigned')).toBe('Device assigned');
  expect(detailText({ model: 'kd-30', groupId: 'x', batchId: 'y', presses: 1, nested: {} })).toBe('Model: kd-30 · Presses: 1');
  expect(detailText('by hand')).toBe('by hand');
  expect(detailText(null)).toBe('');
});

it('its actor may be a name, a user or nobody', () => {
  const line = { seq: 1, at: '', act: '' };
  expect(actorText({ ...line, actor: 'Ada' })).toBe('Ada');
  expect(actorText({ ...line, actor: { name: null, email: 'a@b.c' } })).toBe('a@b.c');
  expect(actorText(line)).toBeNull();
});
