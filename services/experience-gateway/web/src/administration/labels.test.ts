// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { LabelSheet } from '../api/types';
import { drawingOf, fileNameOf, sheetsNeeded, startOn } from './labels';

const kSheet: LabelSheet = { key: 'a4-3x8', title: 'A4, 24 labels', paper: 'a4', columns: 3, rows: 8, labelWidthMm: 70, labelHeightMm: 37 };

describe('a sheet of labels', () => {
  it('shows what is used, what gets printed and what stays free', () => {
    const { spots } = drawingOf(kSheet, 4, 2);
    expect(spots.slice(0, 6).map((spot) => spot.state)).toEqual(['used', 'used', 'used', 'printed', 'printed', 'free']);
  });

  it('lies within the paper, row by row', () => {
    const { width, height, spots } = drawingOf(kSheet, 1, 100);
    expect([width, height]).toEqual([210, 297]);
    expect(spots[3]).toMatchObject({ position: 4, x: 0, y: 0.5 + 37 });
    for (const spot of spots) expect(spot.x >= 0 && spot.x + 70 <= width && spot.y >= 0 && spot.y + 37 <= height).toBe(true);
  });

  it('begins on the sheet, whatever was typed', () => {
    expect([0, -3, 1.9, 24, 25, Number.NaN].map((start) => startOn(kSheet, start))).toEqual([1, 1, 1, 24, 24, 1]);
  });

  it.each([[1, 1, 1], [24, 1, 1], [24, 2, 2], [25, 1, 2], [0, 1, 1]])('%i labels from place %i need %i sheets', (devices, start, sheets) => {
    expect(sheetsNeeded(kSheet, devices, start)).toBe(sheets);
  });
});

it.each([
  ['attachment; filename="batch-1.pdf"', 'batch-1.pdf'],
  ['attachment; filename=../../etc/passwd', 'x'],
  [null, 'x'],
])('the file name of %s', (disposition, name) => {
  expect(fileNameOf(disposition, 'x')).toBe(name);
});
