// SPDX-License-Identifier: Apache-2.0
// What the charts show, as a table for a spreadsheet. Pure.
import { csvOf } from '../administration/csv';
import type { Attribute, Bucket, History } from '../api/types';

/** As fine as one answer can be. */
export const kExportPoints = 2000;

type Series = History['attributes'][string];

interface TableColumn {
  title: string;
  cell: (series: Series, index: number) => string | number;
}

function numberAt(place: 1 | 2 | 3): TableColumn['cell'] {
  return (series, index) => {
    return (series.points[index] as Bucket)[place] ?? '';
  };
}

function columnsOf({ name, type, unit }: Attribute): TableColumn[] {
  if (type === 'string' || type === 'gps') return [{ title: name, cell: (series, index) => series.last?.[index] ?? '' }];
  if (type === 'boolean') return [{ title: `${name} share of true`, cell: numberAt(2) }];
  const named = unit === undefined || unit === null || unit === '' ? name : `${name} [${unit}]`;
  return [{ title: `${named} mean`, cell: numberAt(2) }, { title: `${named} min`, cell: numberAt(1) }, { title: `${named} max`, cell: numberAt(3) }];
}

/** One row for each time at which anything was measured, oldest first. */
export function historyCsv(attributes: readonly Attribute[], history: History): string {
  const shown = attributes.filter(({ name }) => history.attributes[name] !== undefined);
  const header = ['time', ...shown.flatMap((attribute) => columnsOf(attribute).map((column) => column.title))];
  const rows = new Map<string, (string | number)[]>();
  let place = 1;
  for (const attribute of shown) {
    const series = history.attributes[attribute.name] as Series;
    const columns = columnsOf(attribute);
    series.points.forEach((bucket, index) => {
      const time = String(bucket[0]);
      const row = rows.get(time) ?? header.map((_, at) => (at === 0 ? time : ''));
      columns.forEach((column, at) => (row[place + at] = column.cell(series, index)));
      rows.set(time, row);
    });
    place += columns.length;
  }
  const times = [...rows.keys()].sort((one, other) => Date.parse(one) - Date.parse(other));
  return csvOf([header, ...times.map((time) => rows.get(time) ?? [])]);
}

/** GEN-1_2026-11-23T1200_2026-11-23T1300.csv */
export function exportName(serial: string, history: History): string {
  const short = (time: string): string => time.slice(0, 16).replace(':', '');
  return `${serial.replace(/[^A-Za-z0-9-]/g, '-')}_${short(history.from)}_${short(history.to)}.csv`;
}
