// SPDX-License-Identifier: Apache-2.0
// When a scanner may act: two equal reads, and nothing else in view. Pure.
import { readSerial, serialFromScan } from '../serial/serial';

export interface Rules {
  labelHost: string;
  checkedPrefixes: readonly string[];
}

export type Sight =
  | { kind: 'nothing' }
  /** Read once; a second equal read will settle it. */
  | { kind: 'unsure'; serial: string }
  | { kind: 'found'; serial: string }
  /** A QR code, but not one of our labels. */
  | { kind: 'foreign' }
  /** One of our labels whose check characters do not fit. */
  | { kind: 'misread' }
  /** Two different labels in view. */
  | { kind: 'several' };

export interface Scan {
  sight: Sight;
  serial: string | null;
  seenAtMs: number;
  /** When two labels were last in view: a single one settles nothing for a moment after that. */
  severalAtMs: number;
}

/** A read this long ago no longer counts, and a message stays this long. */
const kFreshMs = 2_000;

export const kNoScan: Scan = { sight: { kind: 'nothing' }, serial: null, seenAtMs: 0, severalAtMs: -Infinity };

function sightOf(texts: readonly string[], rules: Rules): { serials: Set<string>; misread: boolean } {
  const serials = new Set<string>();
  let misread = false;
  for (const text of texts) {
    const scanned = serialFromScan(text, rules.labelHost);
    if (scanned === null) continue;
    const reading = readSerial(scanned, rules.checkedPrefixes);
    if (reading.kind === 'serial') serials.add(reading.serial);
    else misread = true;
  }
  return { serials, misread };
}

export function look(scan: Scan, texts: readonly string[], nowMs: number, rules: Rules): Scan {
  if (scan.sight.kind === 'found') return scan;
  const fresh = nowMs - scan.seenAtMs < kFreshMs;
  if (texts.length === 0) return fresh ? scan : kNoScan;
  const { serials, misread } = sightOf(texts, rules);
  const [serial] = serials;
  if (serial === undefined) {
    const sight: Sight = misread ? { kind: 'misread' } : { kind: 'foreign' };
    return { ...scan, sight, serial: null, seenAtMs: nowMs };
  }
  const differs = fresh && scan.serial !== null && scan.serial !== serial;
  if (serials.size > 1 || differs) return { sight: { kind: 'several' }, serial: null, seenAtMs: nowMs, severalAtMs: nowMs };
  if (nowMs - scan.severalAtMs < kFreshMs) return { ...scan, sight: { kind: 'several' }, seenAtMs: nowMs };
  const settled = fresh && scan.serial === serial;
  return { ...scan, sight: { kind: settled ? 'found' : 'unsure', serial }, serial, seenAtMs: nowMs };
}

/** A still picture is read once: what is in it is what there is. */
export function judgeStill(texts: readonly string[], rules: Rules): Sight {
  if (texts.length === 0) return { kind: 'nothing' };
  const { serials, misread } = sightOf(texts, rules);
  const [serial] = serials;
  if (serials.size > 1) return { kind: 'several' };
  if (serial !== undefined) return { kind: 'found', serial };
  return misread ? { kind: 'misread' } : { kind: 'foreign' };
}
