// SPDX-License-Identifier: Apache-2.0
// Ledger lines in words. Pure.
import type { LedgerLine } from '../api/types';
import { dateTimeText, humanName } from './format';
import { kActs, kDetails, kReasons } from './ledger_words';

export function actorText(line: LedgerLine): string | null {
  const actor = line.actor;
  if (actor === null || actor === undefined) return null;
  if (typeof actor === 'string') return actor === '' ? null : actor;
  return actor.name ?? actor.email ?? null;
}

export function actText(act: string): string {
  return kActs[act] ?? humanName(act.replace(/[.:]/g, ' '));
}

const kHidden = /^(?:serial|hash)$|Id$/;
const kId = /^[0-9a-f]{24}$/;
const kTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

function valueText(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string').join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toLocaleString('en');
  if (typeof value !== 'string' || kId.test(value)) return '';
  if (name === 'reason') return kReasons[value] ?? humanName(value).toLowerCase();
  return kTime.test(value) ? dateTimeText(value) : value;
}

/** The plain fields of a detail; ids mean nothing to a reader. */
export function detailText(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail as Record<string, unknown>)
    .filter(([name]) => !kHidden.test(name))
    .map(([name, value]) => ({ name, text: valueText(name, value) }))
    .filter(({ text }) => text !== '')
    .map(({ name, text }) => `${kDetails[name] ?? humanName(name)}: ${text}`)
    .join(' · ');
}
