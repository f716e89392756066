// SPDX-License-Identifier: Apache-2.0
// uPlot set up as one small chart: a band from lowest to highest, the mean as a line. Loaded only with a dashboard.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Column } from './history';
import { chartColumns } from './history';

export interface Plot {
  show(columns: readonly Column[], bucketSeconds: number, fromSeconds: number, toSeconds: number): void;
  resize(width: number): void;
  destroy(): void;
}

const kHeight = 170;

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export function createPlot(target: HTMLElement, width: number, unit: string): Plot {
  const axis = {
    stroke: token('--muted'),
    grid: { stroke: token('--line'), width: 1 },
    ticks: { show: false },
    font: '12px "Figtree Variable", system-ui, sans-serif',
  };
  const accent = token('--accent');
  const plot = new uPlot(
    {
      width,
      height: kHeight,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: true }, y: { range: { min: { pad: 0.12, soft: 0, mode: 2 }, max: { pad: 0.12, soft: 0, mode: 2 } } } },
      axes: [
        { ...axis, space: 64, values: timeLabels },
        { ...axis, size: 48, space: 34, values: (_plot, splits) => splits.map((value) => new Intl.NumberFormat('en', { notation: 'compact' }).format(value)) },
      ],
      series: [
        {},
        { label: unit, stroke: accent, width: 2, points: { show: false }, spanGaps: false },
        { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: false },
        { stroke: 'transparent', width: 0, points: { show: false }, spanGaps: false },
      ],
      bands: [{ series: [3, 2], fill: `${accent}2e` }],
    },
    [[], [], [], []],
    target,
  );
  return {
    show(columns, bucketSeconds, fromSeconds, toSeconds): void {
      plot.setData(chartColumns(columns, bucketSeconds), false);
      plot.setScale('x', { min: fromSeconds, max: toSeconds });
    },
    resize: (next) => plot.setSize({ width: next, height: kHeight }),
    destroy: () => plot.destroy(),
  };
}

const kClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const kDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Hours within a day, dates at midnight and over longer ranges. */
function timeLabels(_plot: uPlot, splits: number[]): string[] {
  const wide = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > 2 * 86_400;
  return splits.map((seconds) => (wide ? kDay : kClock).format(seconds * 1000));
}
