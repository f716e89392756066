// SPDX-License-Identifier: Apache-2.0
// The fleet as a table: counted, narrowed down, sorted, and only the rows that are on screen. Pure.
import type { Fleet, FleetDevice } from '../api/fleet_types';

export interface FleetCounts {
  all: number;
  connected: number;
  /** Null when no device tells of its faults. */
  faulted: number | null;
}

export function countsOf(items: readonly FleetDevice[]): FleetCounts {
  const telling = items.filter((device) => device.faulted !== undefined);
  return {
    all: items.length,
    connected: items.filter((device) => device.connected).length,
    faulted: telling.length === 0 ? null : telling.filter((device) => device.faulted === true).length,
  };
}

export type Only = 'all' | 'connected' | 'disconnected' | 'faulted';

export function narrowed(items: readonly FleetDevice[], q: string, only: Only): FleetDevice[] {
  const words = q.trim().toLowerCase();
  return items.filter((device) => {
    if (only === 'connected' && !device.connected) return false;
    if (only === 'disconnected' && device.connected) return false;
    if (only === 'faulted' && device.faulted !== true) return false;
    return words === '' || device.name.toLowerCase().includes(words) || device.serial.toLowerCase().includes(words);
  });
}

export type SortKey = 'state' | 'name' | 'group' | 'value' | 'seen';

export interface Sorting {
  key: SortKey;
  descending: boolean;
}

/** A second press on the same column turns it round; faults and the newest come first at first. */
export function sortedBy(before: Sorting, key: SortKey): Sorting {
  if (before.key === key) return { key, descending: !before.descending };
  return { key, descending: key === 'state' || key === 'value' || key === 'seen' };
}

const kCollator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function rankOf(device: FleetDevice): number {
  return (device.faulted === true ? 2 : 0) + (device.connected ? 1 : 0);
}

/** Devices without what is sorted by are last, whichever way; ties are in the order of their names. */
export function sorted(items: readonly FleetDevice[], sorting: Sorting, places: ReadonlyMap<string, string>): FleetDevice[] {
  const keyOf: Record<SortKey, (device: FleetDevice) => number | string | null> = {
    state: rankOf,
    name: (device) => device.name,
    group: (device) => (device.groupId === null ? null : (places.get(device.groupId) ?? null)),
    value: (device) => device.latest?.value ?? null,
    seen: (device) => (device.lastSeenAt === null ? null : Date.parse(device.lastSeenAt)),
  };
  const key = keyOf[sorting.key];
  const sign = sorting.descending ? -1 : 1;
  // Each key once: a comparison must not look it up again.
  const rows = items.map((device) => ({ device, key: key(device) }));
  rows.sort((one, other) => {
    if (one.key === null || other.key === null) {
      if (one.key !== other.key) return one.key === null ? 1 : -1;
    } else if (one.key !== other.key) {
      const order = typeof one.key === 'number' && typeof other.key === 'number' ? one.key - other.key : kCollator.compare(String(one.key), String(other.key));
      if (order !== 0) return sign * order;
    }
    return kCollator.compare(one.device.name, other.device.name) || kCollator.compare(one.device.serial, other.device.serial);
  });
  return rows.map((row) => row.device);
}

export interface Shown {
  first: number;
  /** Exclusive. */
  end: number;
}

/** Rows beyond the edge that are there before they are seen. */
const kBeyond = 6;

export function rowsShown(count: number, scrollTop: number, height: number, rowHeight: number): Shown {
  const last = Math.max(0, count - Math.ceil(height / rowHeight));
  const top = Math.min(last, Math.max(0, Math.floor(scrollTop / rowHeight)));
  return { first: Math.max(0, top - kBeyond), end: Math.min(count, top + Math.ceil(height / rowHeight) + 1 + kBeyond) };
}

/** Where a key of the keyboard leads; null when it is none of the table's. */
export function rowFor(key: string, row: number, count: number, page: number): number | null {
  const to = { ArrowDown: row + 1, ArrowUp: row - 1, PageDown: row + page, PageUp: row - page, Home: 0, End: count - 1 }[key];
  return to === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, to));
}

/** A line with holes, as the path of an SVG; a value without neighbours is a dot. */
export function sparkPath(points: readonly (number | null)[], width: number, height: number): string {
  const values = points.filter((point): point is number => point !== null);
  if (values.length === 0) return '';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (index: number): number => Math.round((points.length === 1 ? 0.5 : index / (points.length - 1)) * width * 10) / 10;
  const y = (value: number): number => Math.round((high === low ? 0.5 : 1 - (value - low) / (high - low)) * height * 10) / 10;
  return points
    .map((point, index) => {
      if (point === null) return '';
      const alone = (points[index - 1] ?? null) === null;
      const ends = (points[index + 1] ?? null) === null;
      return `${alone ? 'M' : 'L'}${x(index)} ${y(point)}${alone && ends ? 'h0.1' : ''}`;
    })
    .join('');
}

/** Of a refresh: a device that has not changed stays the same object, so that its row is not drawn anew. */
export function refreshed(before: Fleet | null, next: Fleet): Fleet {
  if (before === null) return next;
  const known = new Map(before.items.map((device) => [device.serial, device]));
  return {
    ...next,
    items: next.items.map((device) => {
      const old = known.get(device.serial);
      return old !== undefined && JSON.stringify(old) === JSON.stringify(device) ? old : device;
    }),
  };
}
