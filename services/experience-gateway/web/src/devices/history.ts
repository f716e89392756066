// SPDX-License-Identifier: Apache-2.0
// History as a chart wants it: columns, with a hole where the device said nothing. Pure.
import type { Bucket } from '../api/types';

export interface Range {
  key: string;
  title: string;
  ms: number;
}

const kMinute = 60_000;

export const kRanges: readonly Range[] = [
  { key: '15m', title: '15 min', ms: 15 * kMinute },
  { key: '1h', title: '1 h', ms: 60 * kMinute },
  { key: '6h', title: '6 h', ms: 360 * kMinute },
  { key: '24h', title: '24 h', ms: 1_440 * kMinute },
  { key: '7d', title: '7 d', ms: 10_080 * kMinute },
  { key: '30d', title: '30 d', ms: 43_200 * kMinute },
  { key: '1y', title: '1 year', ms: 525_600 * kMinute },
];

export const kPoints = 240;

/** A history that is this far behind says so; storing in batches alone takes about a second. */
const kWorthSayingS = 10;

/** What the page says of a history that lags; null while there is nothing to say. */
export function behindText(seconds: number): string | null {
  if (!(seconds >= kWorthSayingS)) return null;
  const minutes = Math.round(seconds / 60);
  const distance = seconds < 90 ? `${Math.round(seconds)} seconds` : minutes < 90 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return `The history is ${distance} behind: newer reports are safe and are being stored now. Live values are up to date.`;
}

export interface Column {
  seconds: number;
  min: number | null;
  avg: number | null;
  max: number | null;
}

function secondsOf(time: string | number): number {
  return (typeof time === 'number' ? time : Date.parse(time)) / 1000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** So many distances to either side say what is usual there. */
const kNear = 5;

/**
 * For every column but the first, whether a silence lies before it: longer than three buckets and than three times the
 * distance of reports that is usual before it or after it. Usual nearby, not everywhere: a device may report every
 * minute for hours and then every second, and neither part is a row of gaps.
 */
export function gapsBefore(columns: readonly Column[], bucketSeconds: number): boolean[] {
  const distances = columns.slice(1).map((column, index) => column.seconds - (columns[index]?.seconds ?? 0));
  return distances.map((distance, index) => {
    if (distance <= 3 * bucketSeconds) return false;
    const before = median(distances.slice(Math.max(0, index - kNear), index));
    const after = median(distances.slice(index + 1, index + 1 + kNear));
    return distance > 3 * Math.max(before, after);
  });
}

export function columnsOf(points: readonly Bucket[]): Column[] {
  return points
    .map(([time, min, avg, max]) => ({ seconds: secondsOf(time), min, avg, max }))
    .filter((column) => Number.isFinite(column.seconds))
    .sort((one, other) => one.seconds - other.seconds);
}

/** Live samples after the last bucket, in order; older ones are already inside the buckets. */
export function withLive(columns: readonly Column[], time: string, value: number, fromSeconds: number): Column[] {
  const seconds = secondsOf(time);
  const kept = columns.filter((column) => column.seconds >= fromSeconds);
  const last = kept.at(-1);
  if (!Number.isFinite(seconds) || (last !== undefined && seconds <= last.seconds)) return kept;
  return [...kept, { seconds, min: value, avg: value, max: value }];
}

/** Seconds, mean, lowest and highest as separate arrays, with an empty column inside every gap. */
export function chartColumns(columns: readonly Column[], bucketSeconds: number): [number[], (number | null)[], (number | null)[], (number | null)[]] {
  const gaps = gapsBefore(columns, bucketSeconds);
  const seconds: number[] = [];
  const avg: (number | null)[] = [];
  const min: (number | null)[] = [];
  const max: (number | null)[] = [];
  const push = (column: Column): void => {
    seconds.push(column.seconds);
    avg.push(column.avg);
    min.push(column.min);
    max.push(column.max);
  };
  columns.forEach((column, index) => {
    const before = columns[index - 1];
    if (before !== undefined && gaps[index - 1] === true)
      push({ seconds: (before.seconds + column.seconds) / 2, min: null, avg: null, max: null });
    push(column);
  });
  return [seconds, avg, min, max];
}
