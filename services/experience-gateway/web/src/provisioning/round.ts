// SPDX-License-Identifier: Apache-2.0
// A technician's round: what was handed over in this tab, and where the last one went, which the next form begins with.
// Kept in this tab and of one person alone.
import type { Assignment } from '../api/client';

export interface HandedOver {
  serial: string;
  name: string;
}

export interface Round {
  done: HandedOver[];
  groupId: string;
  model: string;
}

const kKey = 'turnkey-round';
const kMost = 200;
const kEmpty: Round = { done: [], groupId: '', model: '' };

function isHandedOver(value: unknown): value is HandedOver {
  const fields = value as Partial<Record<keyof HandedOver, unknown>> | null;
  return typeof fields === 'object' && typeof fields?.serial === 'string' && typeof fields.name === 'string';
}

export function loadRound(userId: string): Round {
  try {
    const kept = JSON.parse(sessionStorage.getItem(kKey) ?? 'null') as Record<string, unknown> | null;
    if (typeof kept !== 'object' || kept?.['userId'] !== userId || !Array.isArray(kept['done'])) return kEmpty;
    const text = (name: string): string => (typeof kept[name] === 'string' ? kept[name] : '');
    return { done: kept['done'].filter(isHandedOver), groupId: text('groupId'), model: text('model') };
  } catch {
    return kEmpty;
  }
}

/** One more; a device that is handed over again counts once, by its newest name. */
export function withOneMore(round: Round, serial: string, assignment: Assignment): Round {
  const others = round.done.filter((each) => each.serial !== serial);
  return { done: [...others, { serial, name: assignment.name }].slice(-kMost), groupId: assignment.groupId, model: assignment.model };
}

export function keepRound(userId: string, round: Round): void {
  try {
    sessionStorage.setItem(kKey, JSON.stringify({ userId, ...round }));
  } catch {
    // Private windows may refuse: every form begins empty then.
  }
}
