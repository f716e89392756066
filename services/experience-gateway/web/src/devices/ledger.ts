// SPDX-License-Identifier: Apache-2.0
// Ledger lines in words. Pure.
import type { LedgerLine } from '../api/types';
import { humanName } from './format';

export function actorText(line: LedgerLine): string | null {
  const actor = line.actor;
  if (actor === null || actor === undefined) return null;
  if (typeof actor === 'string') return actor === '' ? null : actor;
  return actor.name ?? actor.email ?? null;
}

export function actText(act: string): string {
  return humanName(act.replace(/[.:]/g, ' '));
}

const kHidden = /^(?:serial|hash)$|Id$/;

/** The plain fields of a detail; ids mean nothing to a reader. */
export function detailText(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail as Record<string, unknown>)
    .filter(([name, value]) => !kHidden.test(name) && ['string', 'number', 'boolean'].includes(typeof value) && value !== '')
    .map(([name, value]) => `${humanName(name)}: ${String(value)}`)
    .join(' · ');
}
