// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Bucket, DeviceDetails } from '../api/types';
import { ageText, decimalsOf, humanName, markText, numberText, positionOf, share, valueText } from './format';
import { behindText, chartColumns, columnsOf, gapsBefore, withLive } from './history';
import { open, reduce } from './state';

const kNoon = Date.parse('2026-11-22T12:00:00.000Z');

function iso(seconds: number): string {
  return new Date(kNoon + seconds * 1000).toISOString();
}

const kDevice: DeviceDetails = {
  serial: 'GEN-7K3M-Q9XT-4Z', deviceId: 'a'.repeat(24), name: 'Main', recipeId: 'r', model: 'kd-30', groupId: 'g', tags: {},
  connected: true, lastSeenAt: iso(0), provisionedAt: iso(-100), latest: { rpm: { value: 1500, time: iso(0) } },
  recipe: { id: 'r', name: 'Gateway', attributes: [] }, mayCommand: true, mayRelease: false,
};

describe('a history that lags', () => {
  it('says how far, and nothing while it is usual', () => {
    expect(behindText(0)).toBeNull();
    expect(behindText(9)).toBeNull();
    expect(behindText(40)).toContain('40 seconds behind');
    expect(behindText(600)).toContain('10 minutes behind');
    expect(behindText(3 * 3600)).toContain('3 hours behind');
  });
});

describe('the dashboard', () => {
  it('takes a live report over what was fetched', () => {
    const next = reduce(open(kDevice), { type: 'state', report: { time: iso(5), data: { rpm: 1490, running: true } } });
    expect(next.latest['rpm']?.value).toBe(1490);
    expect(next.latest['running']?.value).toBe(true);
    expect(next.lastSeenAt).toBe(iso(5));
  });

  it('keeps the newer value when a backlog comes late', () => {
    const next = reduce(open(kDevice), { type: 'state', report: { time: iso(-60), data: { rpm: 3, current: 2 } } });
    expect(next.latest['rpm']?.value).toBe(1500);
    expect(next.latest['current']?.value).toBe(2);
    expect(next.lastSeenAt).toBe(iso(0));
  });

  it('keeps live values when it is fetched again, and takes presence at its word', () => {
    const live = reduce(open(kDevice), { type: 'state', report: { time: iso(9), data: { rpm: 1 } } });
    const gone = reduce(live, { type: 'presence', presence: { connected: false, at: iso(10) } });
    const again = reduce(gone, { type: 'loaded', device: { ...kDevice, connected: false } });
    expect(again.latest['rpm']?.value).toBe(1);
    expect(again.connected).toBe(false);
    expect(again.lastSeenAt).toBe(iso(10));
  });

  it('works for a device that never said anything', () => {
    const bare: DeviceDetails = { ...kDevice, lastSeenAt: null };
    delete bare.latest;
    expect(open(bare).latest).toEqual({});
  });
});

describe('history', () => {
  const bucket = (seconds: number, value: number): Bucket => [iso(seconds), value - 1, value, value + 1, 4];

  it('shows a silence as a hole in the line', () => {
    const columns = columnsOf([bucket(0, 1), bucket(10, 2), bucket(20, 3), bucket(200, 4)]);
    const [seconds, avg] = chartColumns(columns, 10);
    expect(avg).toEqual([1, 2, 3, null, 4]);
    expect(seconds[3]).toBe(kNoon / 1000 + 110);
  });

  it('has no hole at exactly three times the usual distance, and one just after', () => {
    const edge = columnsOf([bucket(0, 1), bucket(10, 2), bucket(20, 3), bucket(50, 4)]);
    expect(gapsBefore(edge, 10)).toEqual([false, false, false]);
    expect(chartColumns(edge, 10)[1]).not.toContain(null);
    const over = columnsOf([bucket(0, 1), bucket(10, 2), bucket(20, 3), bucket(50.1, 4)]);
    expect(chartColumns(over, 10)[1]).toContain(null);
  });

  it('joins reports of every minute with live ones of every two seconds, and both stay lines', () => {
    const minutes = Array.from({ length: 6 }, (_, index) => bucket(index * 60, 1));
    const live = Array.from({ length: 60 }, (_, index) => bucket(330 + index * 2, 2));
    expect(chartColumns(columnsOf([...minutes, ...live]), 4)[1]).not.toContain(null);
    const late = Array.from({ length: 60 }, (_, index) => bucket(600 + index * 2, 2));
    expect(chartColumns(columnsOf([...minutes, ...late]), 4)[1].filter((value) => value === null)).toHaveLength(1);
  });

  it('does not break the line of a device that reports seldom', () => {
    const columns = columnsOf([bucket(0, 1), bucket(60, 2), bucket(121, 3), bucket(180, 4)]);
    expect(chartColumns(columns, 4)[1]).toEqual([1, 2, 3, 4]);
  });

  it('grows live at the end only and drops what left the range', () => {
    const columns = columnsOf([bucket(0, 1), bucket(10, 2)]);
    const from = kNoon / 1000 + 5;
    expect(withLive(columns, iso(12), 7, from).map((column) => column.avg)).toEqual([2, 7]);
    expect(withLive(columns, iso(10), 7, from).map((column) => column.avg)).toEqual([2]);
  });
});

describe('what people read', () => {
  it('rounds numbers sensibly and names missing values', () => {
    expect([1500, 87.46, 0.01234, true, false, '', undefined, Number.NaN].map((value) => valueText(value)))
      .toEqual(['1,500', '87.5', '0.0123', 'On', 'Off', '–', '–', '–']);
  });

  it('writes an attribute with the same decimals everywhere, by its limits', () => {
    const volts = { min: 9, max: 16 };
    const rpm = { min: 0, max: 2000 };
    expect([13, 13.04, 9.96].map((value) => valueText(value, volts))).toEqual(['13.0', '13.0', '10.0']);
    expect([1499.6, 0, -0.2].map((value) => valueText(value, rpm))).toEqual(['1,500', '0', '0']);
    expect(numberText(13.04, volts, decimalsOf(volts, 13.04))).toBe('13.0');
    expect([9, 1500, 12.5].map((value) => markText(value, 1))).toEqual(['9', '1,500', '12.5']);
    expect([decimalsOf({ min: 0, max: 0.5 }, 0.1), decimalsOf({}, 0.0123), decimalsOf({}, 3), decimalsOf({}, undefined)]).toEqual([3, 4, 1, 1]);
  });

  it('tells ages', () => {
    const ages = [0, -30, -90, -7200, -200_000].map((seconds) => ageText(iso(seconds), kNoon));
    expect(ages).toEqual(['just now', '30 s ago', '2 min ago', '2 h ago', '2 days ago']);
    expect(ageText(null, kNoon)).toBe('never');
  });

  it('turns names of attributes into words', () => {
    expect(['manifold_temperature', 'rpm', 'fuelLevel'].map(humanName)).toEqual(['Manifold temperature', 'RPM', 'Fuel level']);
  });

  it('places a value between its limits and ignores missing ones', () => {
    expect([share(50, 0, 100), share(-5, 0, 100), share(5, null, 100), share('x', 0, 1)]).toEqual([0.5, 0, null, null]);
  });

  it('reads a position strictly', () => {
    expect(positionOf('51.5, -0.12')).toEqual({ latitude: 51.5, longitude: -0.12 });
    expect(positionOf('99,5')).toBeNull();
    expect(positionOf('near the gate')).toBeNull();
  });
});
