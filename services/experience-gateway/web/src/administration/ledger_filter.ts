// SPDX-License-Identifier: Apache-2.0
// What of the ledger is shown, as it stands in the address: a reload, a bookmark and the way back keep it. Pure.
import type { LedgerFilter } from '../api/administration';
import { readSerial } from '../serial/serial';
import { endOfDay, startOfDay } from './words';

/** As it is chosen and typed; '' is everything. */
export interface LedgerChoice {
  group: string;
  act: string;
  serial: string;
  /** An id: addresses of people are in no log of addresses. */
  person: string;
  from: string;
  to: string;
}

const kParts = ['group', 'act', 'serial', 'person', 'from', 'to'] as const;

export function choiceFrom(search: string): LedgerChoice {
  const given = new URLSearchParams(search);
  const part = (name: (typeof kParts)[number]): string => given.get(name) ?? '';
  return { group: part('group'), act: part('act'), serial: part('serial'), person: part('person'), from: part('from'), to: part('to') };
}

/** Path and query. */
export function addressOf(choice: LedgerChoice): string {
  const chosen = kParts.flatMap((name) => (choice[name].trim() === '' ? [] : [[name, choice[name].trim()]]));
  const text = new URLSearchParams(chosen).toString();
  return `/admin/ledger${text === '' ? '' : `?${text}`}`;
}

export function countOf(choice: LedgerChoice): number {
  return kParts.filter((name) => choice[name].trim() !== '').length;
}

/** Serials are written as labels have them; what is no serial is looked for as it was typed, and not found. */
export function tidySerial(text: string, checkedPrefixes: readonly string[]): string {
  const reading = readSerial(text, checkedPrefixes);
  return reading.kind === 'malformed' ? text.trim() : reading.serial;
}

/** Null when the first day is not after the last one. */
export function daysFault(choice: LedgerChoice): string | null {
  if (choice.from === '' || choice.to === '' || choice.from <= choice.to) return null;
  return '“From” is after “To”: no day is between them.';
}

export function filterOf(choice: LedgerChoice): LedgerFilter {
  return { ...choice, from: startOfDay(choice.from), to: endOfDay(choice.to) };
}
