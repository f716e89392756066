// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import vectors from '../../../../../proto/examples/serials.json';
import { checkFits, normalise, readSerial, serialFromScan } from './serial';

describe('a serial, by the vectors shared with the C++ code', () => {
  it.each(vectors.normalise)('normalises $in to $out', ({ in: text, out }) => {
    expect(normalise(text)).toBe(out);
  });

  it.each(vectors.check)('finds the check characters of $serial valid: $valid', ({ serial, valid }) => {
    expect(checkFits(serial)).toBe(valid);
  });

  it.each(vectors.link)('reads $serial from the scanned text $in at $host', ({ in: text, host, serial }) => {
    expect(serialFromScan(text, host)).toBe(serial);
  });

  it.each(vectors.reading)('judges the typed text $in as $kind', ({ in: text, prefixes, kind, serial, suggestion }) => {
    const reading = readSerial(text, prefixes);
    expect(reading.kind).toBe(kind);
    if (reading.kind !== 'malformed') expect(reading.serial).toBe(serial);
    if (reading.kind === 'misread') expect(reading.suggestion).toBe(suggestion);
  });
});
