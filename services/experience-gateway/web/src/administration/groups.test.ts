// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Group } from '../api/types';
import { flat, groupNames, matching, nameFault, subtree, whyNotBelow, whyNotDelete } from './groups';

function group(id: string, children: Group[] = [], deviceCount = 0): Group {
  const made: Group = { id, name: id.toUpperCase(), parentId: null, leaf: children.length === 0, deviceCount, connectedCount: 0, children };
  for (const child of children) child.parentId = id;
  return made;
}

const beta = group('beta');
const north = group('north', [group('alpha', [], 2), beta], 2);
const kTree = [group('tenant', [north, group('south')], 2)];
const row = (id: string) => flat(kTree).find((each) => each.group.id === id) ?? expect.fail(id);

/** A chain of groups of this depth. */
const chain = (depth: number): Group => (depth === 1 ? group('end') : group(`c${depth}`, [chain(depth - 1)]));

describe('picking a group', () => {
  it('lists all with their level and path', () => {
    expect(flat(kTree).map((each) => `${each.level} ${each.path}`)).toEqual([
      '1 TENANT', '2 TENANT › NORTH', '3 TENANT › NORTH › ALPHA', '3 TENANT › NORTH › BETA', '2 TENANT › SOUTH',
    ]);
    expect(groupNames(kTree).get('beta')).toBe('TENANT › NORTH › BETA');
  });

  it('finds by words of the whole path, in any order', () => {
    expect(matching(flat(kTree), 'beta nor').map((each) => each.group.id)).toEqual(['beta']);
    expect(matching(flat(kTree), '  ')).toHaveLength(5);
  });
});

describe('moving a group', () => {
  it.each([
    ['north', 'north', 'itself'],
    ['north', 'beta', 'below'],
    ['north', 'tenant', 'already'],
    ['beta', 'alpha', 'devices'],
  ])('%s cannot go to %s', (moved, target, words) => {
    expect(whyNotBelow(row(moved).group, row(target))).toContain(words);
  });

  it('can go elsewhere', () => {
    expect(whyNotBelow(beta, row('south'))).toBeNull();
    expect(whyNotBelow(beta, row('tenant'))).toBeNull();
  });

  it('goes sixteen deep and no deeper', () => {
    const target = { group: group('x'), level: 10, path: 'x' };
    expect(whyNotBelow(chain(6), target)).toBeNull();
    expect(whyNotBelow(chain(7), target)).toContain('deeper');
  });

  it('takes all below it along', () => {
    expect(subtree(north)).toEqual(['north', 'alpha', 'beta']);
  });
});

describe('deleting a group', () => {
  it('says what is in the way', () => {
    expect(whyNotDelete(north)).toContain('below');
    expect(whyNotDelete(row('alpha').group)).toContain('2 devices');
    expect(whyNotDelete(beta)).toBeNull();
  });
});

it.each([['  ', 'Give'], ['a/b', 'slash'], ['x'.repeat(256), '255'], ['Site 1', '']])('the name %j: %s', (name, words) => {
  expect(nameFault(name)).toContain(words);
});
