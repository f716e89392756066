// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Group } from '../api/types';
import { healthOf, leafSections, moveFor, openAtFirst, pathTo, visibleRows } from './tree';

function group(id: string, children: Group[] = []): Group {
  return { id, name: id, parentId: null, leaf: children.length === 0, deviceCount: 2, connectedCount: 1, children };
}

const kTree = [group('tenant', [group('north', [group('alpha'), group('beta')]), group('south', [group('gamma')])])];

describe('the group tree', () => {
  it('shows only what is open', () => {
    expect(visibleRows(kTree, new Set(['tenant'])).map((row) => row.group.id)).toEqual(['tenant', 'north', 'south']);
    const all = visibleRows(kTree, new Set(['tenant', 'north', 'south']));
    expect(all.map((row) => `${row.level}${row.group.id}`)).toEqual(['1tenant', '2north', '3alpha', '3beta', '2south', '3gamma']);
  });

  it('opens at first what leads to the chosen group', () => {
    expect([...openAtFirst(kTree, 'beta')]).toEqual(['tenant', 'north']);
    expect(pathTo(kTree, 'beta').map((step) => step.id)).toEqual(['tenant', 'north', 'beta']);
    expect(pathTo(kTree, 'nowhere')).toEqual([]);
  });

  it('offers leaves only, under the path that leads to them', () => {
    expect(leafSections(kTree).map((section) => [section.label, section.leaves.map((leaf) => leaf.id)])).toEqual([
      ['tenant › north', ['alpha', 'beta']],
      ['tenant › south', ['gamma']],
    ]);
  });

  it('keeps a leaf beside inner groups', () => {
    expect(leafSections([group('a'), group('b', [group('c')])]).map((section) => section.label)).toEqual(['Groups', 'b']);
  });
});

describe('the keyboard in the tree', () => {
  const rows = visibleRows(kTree, new Set(['tenant', 'north']));

  it.each([
    ['ArrowDown', 'tenant', { kind: 'focus', id: 'north' }],
    ['ArrowUp', 'tenant', null],
    ['ArrowRight', 'south', { kind: 'open', id: 'south' }],
    ['ArrowRight', 'north', { kind: 'focus', id: 'alpha' }],
    ['ArrowLeft', 'north', { kind: 'close', id: 'north' }],
    ['ArrowLeft', 'beta', { kind: 'focus', id: 'north' }],
    ['End', 'tenant', { kind: 'focus', id: 'south' }],
    ['Enter', 'alpha', { kind: 'choose', id: 'alpha' }],
    ['x', 'alpha', null],
  ])('%s on %s', (key, id, move) => {
    expect(moveFor(key, rows, id)).toEqual(move);
  });
});

it('the health of a group follows its counts', () => {
  expect([[0, 0], [3, 0], [3, 2], [3, 3]].map(([deviceCount = 0, connectedCount = 0]) => healthOf({ deviceCount, connectedCount })))
    .toEqual(['empty', 'none', 'some', 'all']);
});
