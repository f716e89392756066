// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { csvOf, errorsCsv, meaningOf, placeOf, previewOf, rowsOf, sizeText } from './csv';

describe('the preview of a file', () => {
  it('says what each column is, and shows the first rows', () => {
    const preview = previewOf('serial,name,floor\r\nA-0001,Roof,3\r\nA-0002,Yard,\r\n', true);
    expect(preview.columns).toEqual([{ name: 'serial', meaning: 'serial' }, { name: 'name', meaning: 'name' }, { name: 'floor', meaning: 'tag' }]);
    expect(preview.rows).toEqual([['A-0001', 'Roof', '3'], ['A-0002', 'Yard', '']]);
    expect(preview.rowCount).toBe(2);
    expect(preview.faults).toEqual([]);
  });

  it('reads what spreadsheets write: a mark in front, semicolons, quotes with line ends in them', () => {
    const preview = previewOf('\uFEFFserial;"na;me"\n"A-0001";"two ""fine""\nlines"\n', true);
    expect(preview.columns.map((column) => column.name)).toEqual(['serial', 'na;me']);
    expect(preview.rows).toEqual([['A-0001', 'two "fine"\nlines']]);
  });

  it('leaves out the row that the end of the beginning cuts, and then knows no count', () => {
    const preview = previewOf('serial\nA-0001\nA-00', false);
    expect(preview.rows).toEqual([['A-0001']]);
    expect(preview.rowCount).toBeNull();
  });

  it('shows five rows at most and short rows with empty cells', () => {
    const preview = previewOf(`serial,name\n${'A\n'.repeat(9)}`, true);
    expect(preview.rows).toHaveLength(5);
    expect(preview.rows[0]).toEqual(['A', '']);
    expect(preview.rowCount).toBe(9);
  });

  it.each([
    ['', 'The file is empty.'],
    ['serial\n', 'no rows'],
    ['Serial\nA-1\n', 'No column is named “serial”'],
    ['serial,x,x\nA,1,2\n', '“x” is there twice'],
    ['serial,\nA,1\n', '1 to 64 characters'],
  ])('names what is wrong with %j at once', (text, words) => {
    expect(previewOf(text, true).faults.join(' ')).toContain(words);
  });

  it('passes over columns that the server itself handed back', () => {
    expect(['device_id', 'access_key', 'access_secret', 'qr', 'provisioned_at', 'fuel'].map(meaningOf))
      .toEqual(['ignored', 'ignored', 'ignored', 'ignored', 'provisioned_at', 'tag']);
  });

  it('takes 64 kB of hostile text without harm', () => {
    expect(rowsOf('"'.repeat(65_536), false).length).toBeLessThanOrEqual(1);
    expect(rowsOf(','.repeat(65_536), true)[0]).toHaveLength(65_537);
  });
});

describe('an error of the server', () => {
  it.each([
    [{ field: 'line 3, serial', code: 'bad', message: 'm', line: 3, column: 'serial' }, 3, 'serial'],
    [{ field: 'line 4, group', code: 'bad', message: 'm' }, 4, 'group'],
    [{ field: 'column serial', code: 'required', message: 'm' }, null, 'serial'],
    [{ field: 'line 9', code: 'bad', message: 'm' }, 9, ''],
  ])('%j has its place', (error, line, column) => {
    expect(placeOf(error)).toEqual({ line, column, message: 'm' });
  });

  it('is a row of a file that no spreadsheet runs', () => {
    expect(errorsCsv([{ field: 'line 2, name', code: 'bad', message: '=1+1, "x"' }]))
      .toBe('line,column,what would be right\r\n2,name,"\'=1+1, ""x"""\r\n');
    expect(csvOf([['+1', '-1', '@a', 'a']])).toBe("'+1,'-1,'@a,a\r\n");
  });
});

it('sizes are short words', () => {
  expect([12, 2048, 10 * 1024 * 1024].map(sizeText)).toEqual(['12 B', '2 kB', '10.0 MB']);
});
