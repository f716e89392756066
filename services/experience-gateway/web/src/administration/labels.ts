// SPDX-License-Identifier: Apache-2.0
// Sheets of labels as small drawings, and where printing begins on a sheet that has been used. Pure.
import type { LabelOptions } from '../api/administration';
import type { LabelSheet } from '../api/types';
import type { Choice } from './people';

export const kFormats: readonly Choice<LabelOptions['format']>[] = [
  { key: 'pdf', title: 'PDF', words: 'For an office printer and sheets of labels.' },
  { key: 'svg', title: 'SVG', words: 'For engraving, screen printing or a layout program.' },
  { key: 'zpl', title: 'ZPL', words: 'For a label printer that speaks Zebra’s language.' },
];

const kPaper: Record<LabelSheet['paper'], { width: number; height: number }> = {
  a4: { width: 210, height: 297 }, letter: { width: 215.9, height: 279.4 }, roll: { width: 0, height: 0 },
};

export function perSheet(sheet: LabelSheet): number {
  return Math.max(1, sheet.columns * sheet.rows);
}

/** Within the sheet, whatever was typed. */
export function startOn(sheet: LabelSheet, start: number): number {
  return Math.min(perSheet(sheet), Math.max(1, Math.floor(Number.isFinite(start) ? start : 1)));
}

export function sheetsNeeded(sheet: LabelSheet, devices: number, start: number): number {
  return Math.max(1, Math.ceil((devices + startOn(sheet, start) - 1) / perSheet(sheet)));
}

export interface Spot {
  position: number;
  x: number;
  y: number;
  state: 'used' | 'printed' | 'free';
}

export interface Drawing {
  width: number;
  height: number;
  labelWidth: number;
  labelHeight: number;
  spots: Spot[];
}

/** The first sheet in millimetres: labels row by row, those before `start` used up already. */
export function drawingOf(sheet: LabelSheet, start: number, devices: number): Drawing {
  const gap = sheet.paper === 'roll' ? 2 : 0;
  const block = { width: sheet.columns * sheet.labelWidthMm, height: sheet.rows * (sheet.labelHeightMm + gap) - gap };
  const paper = sheet.paper === 'roll' ? { width: block.width + 4, height: block.height + 4 } : kPaper[sheet.paper];
  const width = Math.max(paper.width, block.width);
  const height = Math.max(paper.height, block.height);
  const first = startOn(sheet, start);
  const spots = Array.from({ length: perSheet(sheet) }, (_, index): Spot => {
    const position = index + 1;
    const state = position < first ? 'used' : position < first + devices ? 'printed' : 'free';
    return {
      position, state,
      x: (width - block.width) / 2 + (index % sheet.columns) * sheet.labelWidthMm,
      y: (height - block.height) / 2 + Math.floor(index / sheet.columns) * (sheet.labelHeightMm + gap),
    };
  });
  return { width, height, labelWidth: sheet.labelWidthMm, labelHeight: sheet.labelHeightMm, spots };
}

/** The name that the server gave a file, or our own; never a path. */
export function fileNameOf(disposition: string | null, otherwise: string): string {
  const name = /filename="?([^";]+)"?/.exec(disposition ?? '')?.[1]?.replace(/[^0-9A-Za-z._-]/g, '_') ?? '';
  return name === '' || name.startsWith('.') ? otherwise : name;
}
