// SPDX-License-Identifier: Apache-2.0
// What a file of devices looks like, read from its beginning alone; and CSV that is safe to hand out. Pure. The server
// reads the whole file by the same rules, and its word decides.
import type { ColumnMeaning, RowError } from '../api/types';

/** As much of a file as the preview looks at. */
export const kPreviewBytes = 64 * 1024;
export const kMaxFileBytes = 64 * 1024 * 1024;
const kPreviewRows = 5;

export interface PreviewColumn {
  name: string;
  meaning: ColumnMeaning;
}

export interface Preview {
  columns: PreviewColumn[];
  rows: string[][];
  /** Rows of the whole file; null when only its beginning was read. */
  rowCount: number | null;
  faults: string[];
}

const kKnown: readonly string[] = ['serial', 'name', 'group', 'model', 'provisioned_at'];
/** Columns of what the server hands back: such a file can be used again. */
const kIgnored: readonly string[] = ['device_id', 'access_key', 'access_secret', 'qr'];
const kMaxColumnName = 64;

export function meaningOf(column: string): ColumnMeaning {
  if (kKnown.includes(column)) return column as ColumnMeaning;
  return kIgnored.includes(column) ? 'ignored' : 'tag';
}

export const kMeaningWords: Record<ColumnMeaning, string> = {
  serial: 'Serial', name: 'Name', group: 'Group', model: 'Model', provisioned_at: 'Owned since', tag: 'Tag', ignored: 'Not read',
};

/** `,` or `;`, whichever the header has more of outside of quotes. */
function separatorOf(text: string): string {
  const header = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replace(/"(?:[^"]|"")*"/g, '');
  return header.split(';').length > header.split(',').length ? ';' : ',';
}

/** Rows of cells; the last row is left out when the text may end in its middle. */
export function rowsOf(text: string, complete: boolean): string[][] {
  const separator = separatorOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = (): void => {
    if (row.length > 0 || cell !== '') rows.push([...row, cell]);
    row = [];
    cell = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[++at];
      else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === separator) {
      row.push(cell);
      cell = '';
    } else if (character === '\n' || character === '\r') endRow();
    else cell += character;
  }
  if (complete) endRow();
  return rows;
}

function faultsOf(columns: readonly PreviewColumn[]): string[] {
  const names = columns.map((column) => column.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return [
    ...(names.includes('serial') ? [] : ['No column is named “serial”. The first line names the columns.']),
    ...(twice === undefined ? [] : [`The column “${twice}” is there twice.`]),
    ...(names.some((name) => name === '' || [...name].length > kMaxColumnName) ? [`A column’s name has 1 to ${kMaxColumnName} characters.`] : []),
  ];
}

/** `text` is the beginning of a file, or all of it when `complete`. */
export function previewOf(text: string, complete: boolean): Preview {
  const [header = [], ...rows] = rowsOf(text.replace(/^\uFEFF/, ''), complete);
  const columns = header.map((cell) => ({ name: cell.trim(), meaning: meaningOf(cell.trim()) }));
  if (columns.length === 0) return { columns, rows: [], rowCount: 0, faults: ['The file is empty.'] };
  const faults = faultsOf(columns);
  return {
    columns,
    rows: rows.slice(0, kPreviewRows).map((cells) => columns.map((_, index) => cells[index] ?? '')),
    rowCount: complete ? rows.length : null,
    faults: complete && rows.length === 0 ? [...faults, 'The file has no rows below its header.'] : faults,
  };
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Texts that a spreadsheet would take for a formula get an apostrophe in front; numbers stay numbers, negative ones too. */
function cellOf(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",;\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join('');
}

export interface PlacedError {
  line: number | null;
  column: string;
  message: string;
}

/** Where an error lies; older answers say it in words: "line 3, serial". */
export function placeOf(error: RowError): PlacedError {
  const words = /^line (\d+)(?:, (.*))?$/.exec(error.field);
  const line = error.line ?? (words === null ? null : Number(words[1]));
  const column = error.column === undefined ? (words === null ? error.field.replace(/^column /, '') : (words[2] ?? '')) : String(error.column);
  return { line: line === 0 ? null : line, column, message: error.message };
}

export function errorsCsv(errors: readonly RowError[]): string {
  const rows = errors.map(placeOf).map((error) => [error.line === null ? '' : String(error.line), error.column, error.message]);
  return csvOf([['line', 'column', 'what would be right'], ...rows]);
}
