// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Fleet, FleetDevice } from '../api/fleet_types';
import { countsOf, narrowed, refreshed, rowFor, rowsShown, sorted, sortedBy, sparkPath } from './fleet';

function device(name: string, more: Partial<FleetDevice> = {}): FleetDevice {
  return { serial: `S-${name}`, name, model: null, groupId: null, connected: false, lastSeenAt: null, latest: null, points: [], ...more };
}

const value = (number: number) => ({ latest: { value: number, time: '2026-11-23T12:00:00.000Z' } });
const names = (devices: readonly FleetDevice[]): string[] => devices.map((each) => each.name);
const kNoPlaces = new Map<string, string>();

describe('the fleet', () => {
  it('counts faults only where a device tells of them', () => {
    const items = [device('a', { connected: true }), device('b')];
    expect(countsOf(items)).toEqual({ all: 2, connected: 1, faulted: null });
    expect(countsOf([...items, device('c', { faulted: false })]).faulted).toBe(0);
    expect(countsOf([...items, device('c', { faulted: true })]).faulted).toBe(1);
  });

  it('is narrowed by words and by state', () => {
    const items = [device('Pump', { connected: true }), device('Main generator', { faulted: true })];
    expect(names(narrowed(items, ' PUM', 'all'))).toEqual(['Pump']);
    expect(names(narrowed(items, 's-main', 'all'))).toEqual(['Main generator']);
    expect(names(narrowed(items, '', 'connected'))).toEqual(['Pump']);
    expect(names(narrowed(items, '', 'disconnected'))).toEqual(['Main generator']);
    expect(names(narrowed(items, '', 'faulted'))).toEqual(['Main generator']);
  });

  it('sorts names with their numbers, and who has no value is last either way', () => {
    const items = [device('Unit 10', value(5)), device('unit 9', value(-2)), device('Unit 2')];
    expect(names(sorted(items, { key: 'name', descending: false }, kNoPlaces))).toEqual(['Unit 2', 'unit 9', 'Unit 10']);
    expect(names(sorted(items, { key: 'value', descending: false }, kNoPlaces))).toEqual(['unit 9', 'Unit 10', 'Unit 2']);
    expect(names(sorted(items, { key: 'value', descending: true }, kNoPlaces))).toEqual(['Unit 10', 'unit 9', 'Unit 2']);
    const state = [device('off'), device('on', { connected: true }), device('bad', { faulted: true })];
    expect(names(sorted(state, { key: 'state', descending: true }, kNoPlaces))).toEqual(['bad', 'on', 'off']);
    const placed = [device('x', { groupId: '2' }), device('y', { groupId: '1' })];
    expect(names(sorted(placed, { key: 'group', descending: false }, new Map([['1', 'A'], ['2', 'B']])))).toEqual(['y', 'x']);
  });

  it('turns a column round when it is pressed again', () => {
    expect(sortedBy({ key: 'name', descending: false }, 'name')).toEqual({ key: 'name', descending: true });
    expect(sortedBy({ key: 'name', descending: false }, 'value')).toEqual({ key: 'value', descending: true });
    expect(sortedBy({ key: 'value', descending: true }, 'name')).toEqual({ key: 'name', descending: false });
  });

  it('draws only the rows on screen, also when the list became shorter than it was scrolled', () => {
    expect(rowsShown(1000, 0, 600, 60)).toEqual({ first: 0, end: 17 });
    expect(rowsShown(1000, 30_000, 600, 60)).toEqual({ first: 494, end: 517 });
    expect(rowsShown(1000, 60_000, 600, 60).end).toBe(1000);
    expect(rowsShown(3, 30_000, 600, 60)).toEqual({ first: 0, end: 3 });
    expect(rowsShown(0, 0, 600, 60)).toEqual({ first: 0, end: 0 });
  });

  it('is gone through by the keyboard', () => {
    expect(['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End', 'Tab'].map((key) => rowFor(key, 5, 1000, 9))).toEqual([6, 4, 14, 0, 0, 999, null]);
    expect(rowFor('ArrowDown', 999, 1000, 9)).toBe(999);
    expect(rowFor('ArrowDown', 0, 0, 9)).toBeNull();
  });

  it('keeps holes in a sparkline, and a lonely value is a dot', () => {
    expect(sparkPath([0, 10, null, 5], 30, 10)).toBe('M0 10L10 0M30 5h0.1');
    expect(sparkPath([7, 7], 30, 10)).toBe('M0 5L30 5');
    expect(sparkPath([null], 30, 10)).toBe('');
  });

  it('keeps the rows that a refresh did not change', () => {
    const fleet = (items: FleetDevice[]): Fleet => ({ from: '', to: '', attribute: null, attributes: [], measured: true, more: false, items });
    const before = fleet([device('a'), device('b')]);
    const after = refreshed(before, fleet([device('a'), device('b', { connected: true })]));
    expect(after.items[0]).toBe(before.items[0]);
    expect(after.items[1]?.connected).toBe(true);
  });
});
