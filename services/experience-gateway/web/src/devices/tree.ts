// SPDX-License-Identifier: Apache-2.0
// The group tree as rows and as choices. Pure.
import type { Group } from '../api/types';

export interface Row {
  group: Group;
  level: number;
  open: boolean;
  hasChildren: boolean;
  position: number;
  siblings: number;
}

/** The rows that are on screen, top to bottom. */
export function visibleRows(groups: readonly Group[], open: ReadonlySet<string>, level = 1): Row[] {
  return groups.flatMap((group, index) => {
    const isOpen = open.has(group.id);
    const row: Row = {
      group, level, open: isOpen, hasChildren: group.children.length > 0, position: index + 1, siblings: groups.length,
    };
    return [row, ...(isOpen ? visibleRows(group.children, open, level + 1) : [])];
  });
}

/** From a root down to the group; empty when the group is not in the tree. */
export function pathTo(groups: readonly Group[], id: string | null): Group[] {
  for (const group of groups) {
    if (group.id === id) return [group];
    const below = pathTo(group.children, id);
    if (below.length > 0) return [group, ...below];
  }
  return [];
}

export interface LeafSection {
  label: string;
  leaves: Group[];
}

/** Leaf groups under the path that leads to them, for a select with sections. */
export function leafSections(groups: readonly Group[], path: readonly string[] = []): LeafSection[] {
  const own = groups.filter((group) => group.leaf);
  const sections = own.length > 0 ? [{ label: path.join(' › ') || 'Groups', leaves: own }] : [];
  return [...sections, ...groups.filter((group) => !group.leaf).flatMap((group) => leafSections(group.children, [...path, group.name]))];
}

/** Open at first: the roots, and what leads to the chosen group. */
export function openAtFirst(groups: readonly Group[], chosen: string | null): Set<string> {
  return new Set([...groups.map((group) => group.id), ...pathTo(groups, chosen).slice(0, -1).map((group) => group.id)]);
}

export type Move = { kind: 'focus'; id: string } | { kind: 'open' | 'close' | 'choose'; id: string };

/** What a key does in the tree (the ARIA tree pattern); null when the key means nothing here. */
export function moveFor(key: string, rows: readonly Row[], currentId: string): Move | null {
  const index = rows.findIndex((row) => row.group.id === currentId);
  const row = rows[index];
  if (row === undefined) return null;
  const focus = (target: Row | undefined): Move | null => (target === undefined ? null : { kind: 'focus', id: target.group.id });
  switch (key) {
    case 'ArrowDown':
      return focus(rows[index + 1]);
    case 'ArrowUp':
      return focus(rows[index - 1]);
    case 'Home':
      return focus(rows[0]);
    case 'End':
      return focus(rows.at(-1));
    case 'ArrowRight':
      if (!row.hasChildren) return null;
      return row.open ? focus(rows[index + 1]) : { kind: 'open', id: currentId };
    case 'ArrowLeft':
      if (row.open && row.hasChildren) return { kind: 'close', id: currentId };
      return focus(rows.slice(0, index).filter((above) => above.level < row.level).at(-1));
    case 'Enter':
    case ' ':
      return { kind: 'choose', id: currentId };
    default:
      return null;
  }
}

export type Health = 'all' | 'some' | 'none' | 'empty';

export function healthOf(group: Pick<Group, 'deviceCount' | 'connectedCount'>): Health {
  if (group.deviceCount === 0) return 'empty';
  if (group.connectedCount === 0) return 'none';
  return group.connectedCount >= group.deviceCount ? 'all' : 'some';
}
