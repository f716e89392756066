// SPDX-License-Identifier: Apache-2.0
// uPlot set up as one small chart: a band from lowest to highest, the mean as a line. Loaded only with a dashboard.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { markText } from './format';
import type { Column } from './history';
import { chartColumns } from './history';

export interface Plot {
  /** Points at what lies there, 0..1 of its width, as the mouse does. */
  point(at: number): void;
  show(columns: readonly Column[], bucketSeconds: number, fromSeconds: number, toSeconds: number, decimals: number): void;
  resize(width: number): void;
  destroy(): void;
}

const kHeight = 170;

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** What the mouse points at, in columns of the last `show`; null when at nothing. */
export type OnPoint = (column: Column | null) => void;

export function createPlot(target: HTMLElement, width: number, unit: string, onPoint: OnPoint): Plot {
  const axis = {
    stroke: token('--muted'),
    grid: { stroke: token('--line'), width: 1 },
    ticks: { show: false },
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
  };
  const accent = token('--accent');
  let decimals = 1;
  const plot = new uPlot(
    {
      width,
      height: kHeight,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'history' } },
      hooks: { setCursor: [(shown) => onPoint(columnAt(shown))] },
      scales: { x: { time: true }, y: { range: (_plot, low, high) => padded(low, high, 10 ** -decimals) } },
      axes: [
        { ...axis, size: 30, space: 64, values: timeLabels },
        { ...axis, size: 48, space: 34, incrs: () => stepsFrom(10 ** -decimals), values: (_plot, splits) => splits.map((value) => markText(value, decimals)) },
      ],
      series: [
        {},
        { label: unit, stroke: accent, width: 2, points: { show: false }, spanGaps: false },
        { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: false },
        { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: false },
      ],
      bands: [{ series: [3, 2], fill: tinted(accent) }],
    },
    [[], [], [], []],
    target,
  );
  return {
    show(columns, bucketSeconds, fromSeconds, toSeconds, wanted): void {
      decimals = wanted;
      plot.setData(chartColumns(columns, bucketSeconds), false);
      plot.setScale('x', { min: fromSeconds, max: toSeconds });
    },
    point: (at) => plot.setCursor({ left: at * plot.bbox.width / devicePixelRatio, top: 0 }),
    resize: (next) => plot.setSize({ width: next, height: kHeight }),
    destroy: () => plot.destroy(),
  };
}

function columnAt(plot: uPlot): Column | null {
  const index = plot.cursor.idx;
  const [seconds, avg, min, max] = plot.data.map((series) => (typeof index === 'number' ? (series[index] ?? null) : null));
  return typeof seconds === 'number' && typeof avg === 'number' ? { seconds, avg, min: min ?? null, max: max ?? null } : null;
}

/** Between two marks of an axis lies at least what its labels can tell apart. */
function stepsFrom(least: number): number[] {
  return Array.from({ length: 24 }, (_, index) => least * 10 ** Math.floor(index / 3) * ([1, 2, 5][index % 3] ?? 1));
}

/** What was measured fills the chart, with some air; it does not dip below zero for air alone. */
function padded(low: number | null, high: number | null, step: number): [number, number] {
  if (low === null || high === null) return [0, 1];
  const air = Math.max((high - low) * 0.15, Math.abs(high) * 0.01, step);
  return [low >= 0 ? Math.max(0, low - air) : low - air, high + air];
}

/** The accent as a translucent fill. */
function tinted(accent: string): string {
  return `${accent}2e`;
}

const kClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const kDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Hours within a day, dates at midnight and over longer ranges. */
function timeLabels(_plot: uPlot, splits: number[]): string[] {
  const wide = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > 2 * 86_400;
  return splits.map((seconds) => (wide ? kDay : kClock).format(seconds * 1000));
}
