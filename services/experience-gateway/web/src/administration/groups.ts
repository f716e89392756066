// SPDX-License-Identifier: Apache-2.0
// The group tree for who changes it: a flat list to pick from, and where a group may go. Pure.
import type { Group } from '../api/types';

const kMaxDepth = 16;

export interface FlatGroup {
  group: Group;
  /** 1 for a root. */
  level: number;
  /** Names from the root to the group. */
  path: string;
}

export function flat(groups: readonly Group[], level = 1, above = ''): FlatGroup[] {
  return groups.flatMap((group) => {
    const path = above === '' ? group.name : `${above} › ${group.name}`;
    return [{ group, level, path }, ...flat(group.children, level + 1, path)];
  });
}

/** Those whose path holds every word; all for no words. */
export function matching(rows: readonly FlatGroup[], words: string): FlatGroup[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return rows.filter((row) => wanted.every((word) => row.path.toLowerCase().includes(word)));
}

function depthBelow(group: Group): number {
  return 1 + Math.max(0, ...group.children.map(depthBelow));
}

/** Ids of the group and of all below it. */
export function subtree(group: Group): string[] {
  return [group.id, ...group.children.flatMap(subtree)];
}

/** Why a group cannot go below another; null when it can. The server checks again. */
export function whyNotBelow(moved: Group, target: FlatGroup): string | null {
  if (target.group.id === moved.id) return 'This is the group itself.';
  if (subtree(moved).includes(target.group.id)) return 'It lies below the group.';
  if (target.group.id === moved.parentId) return 'It is there already.';
  if (target.group.leaf && target.group.deviceCount > 0) return 'It has devices of its own.';
  if (target.level + depthBelow(moved) > kMaxDepth) return `The tree would be deeper than ${kMaxDepth}.`;
  return null;
}

export function groupNames(groups: readonly Group[]): Map<string, string> {
  return new Map(flat(groups).map((row) => [row.group.id, row.path]));
}

/** Empty: fine. */
export function nameFault(name: string): string {
  const length = [...name.trim()].length;
  if (length === 0) return 'Give the group a name.';
  if (length > 255) return `At most 255 characters; this has ${length}.`;
  return name.includes('/') ? 'A slash cannot be part of the name: it separates groups in files.' : '';
}

/** What stands in the way of deleting a group; null when nothing does. */
export function whyNotDelete(group: Group): string | null {
  if (group.children.length > 0) return 'Groups lie below it. Move or delete them first.';
  if (group.deviceCount > 0) return `It has ${group.deviceCount === 1 ? 'a device' : `${group.deviceCount} devices`}. Move or release them first.`;
  return null;
}
