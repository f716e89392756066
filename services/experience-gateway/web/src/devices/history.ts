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
];

export const kPoints = 240;

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

/** A silence longer than this is a gap: three buckets, or three times the usual distance of reports. */
export function gapSeconds(columns: readonly Column[], bucketSeconds: number): number {
  const distances = columns.slice(1).map((column, index) => column.seconds - (columns[index]?.seconds ?? 0));
  return 3 * Math.max(bucketSeconds, median(distances));
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
  const gap = gapSeconds(columns, bucketSeconds);
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
    if (before !== undefined && column.seconds - before.seconds > gap)
      push({ seconds: (before.seconds + column.seconds) / 2, min: null, avg: null, max: null });
    push(column);
  });
  return [seconds, avg, min, max];
}
