// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { checkAssignment } from './draft';

const kGood = { name: 'Main', groupId: 'g', model: 'kd-30' };

it('every empty field is named at once', () => {
  expect(Object.keys(checkAssignment({ name: '  ', groupId: '', model: '' }))).toEqual(['name', 'groupId', 'model']);
});

it('a name has 1 to 255 characters, and an emoji is one', () => {
  expect(checkAssignment({ ...kGood, name: 'x' })).toEqual({});
  expect(checkAssignment({ ...kGood, name: '🔑'.repeat(255) })).toEqual({});
  expect(checkAssignment({ ...kGood, name: 'x'.repeat(256) })['name']).toContain('255');
});
