// SPDX-License-Identifier: Apache-2.0
// Registering many devices, from the choice of a file to its credentials being kept: a pure reducer.
//
//   choosing -> checking -> checked -> sending -> registered | nothing
//        ^          |          |          |
//        +----------+----------+----------+   (another choice, a refusal, a stop)
import type { BatchCheck, BatchPlan, BatchProgress, RowError } from '../api/types';
import { placeOf } from './csv';

export interface Checked {
  plan: BatchPlan;
  errors: RowError[];
  /** Of all errors; the list may be shorter. */
  errorCount: number;
}

export type Import =
  | { step: 'choosing'; problem: string | null }
  | { step: 'checking' | 'sending'; checked: Checked | null; sent: number; progress: BatchProgress | null }
  | { step: 'checked'; checked: Checked; skipBad: boolean; problem: string | null }
  | { step: 'registered'; batchId: string | null; skipped: number; saved: boolean }
  | { step: 'nothing'; rows: number };

export type ImportEvent =
  | { type: 'chosen' }
  | { type: 'check' }
  | { type: 'sent'; share: number }
  | { type: 'progress'; progress: BatchProgress }
  | { type: 'checked'; check: BatchCheck }
  | { type: 'skipBad'; on: boolean }
  | { type: 'send' }
  | { type: 'registered'; batchId: string | null; skipped: number }
  | { type: 'nothing'; rows: number }
  | { type: 'refused'; message: string }
  | { type: 'saved' };

export const kChoosing: Import = { step: 'choosing', problem: null };

export function checkedOf(check: BatchCheck): Checked {
  const errors = check.errors ?? [];
  return { plan: check.plan, errors, errorCount: check.errorCount ?? errors.length };
}

/** A file that cannot be read at all, a missing column say, has errors and no plan. */
export function unreadable(errors: RowError[], errorCount: number): Checked {
  const bad = new Set(errors.map((error) => placeOf(error).line)).size;
  return { plan: { rows: 0, create: 0, unchanged: 0, provisioned: 0, bad }, errors, errorCount };
}

export function reduce(state: Import, event: ImportEvent): Import {
  const busy = state.step === 'checking' || state.step === 'sending';
  switch (event.type) {
    case 'chosen':
      return busy ? state : kChoosing;
    case 'check':
      return state.step === 'choosing' ? { step: 'checking', checked: null, sent: 0, progress: null } : state;
    case 'sent':
      return busy ? { ...state, sent: Math.min(1, event.share) } : state;
    case 'progress':
      return busy ? { ...state, progress: event.progress } : state;
    case 'checked':
      return state.step === 'checking' ? { step: 'checked', checked: checkedOf(event.check), skipBad: false, problem: null } : state;
    case 'skipBad':
      return state.step === 'checked' ? { ...state, skipBad: event.on } : state;
    case 'send':
      if (state.step === 'checked') return mayRegister(state) ? { step: 'sending', checked: state.checked, sent: 0, progress: null } : state;
      return state.step === 'choosing' ? { step: 'sending', checked: null, sent: 0, progress: null } : state;
    case 'registered':
      return state.step === 'sending' ? { step: 'registered', batchId: event.batchId, skipped: event.skipped, saved: false } : state;
    case 'nothing':
      return state.step === 'sending' ? { step: 'nothing', rows: event.rows } : state;
    case 'refused':
      if (!busy) return state;
      return state.checked === null
        ? { step: 'choosing', problem: event.message }
        : { step: 'checked', checked: state.checked, skipBad: state.checked.errorCount > 0, problem: event.message };
    case 'saved':
      return state.step === 'registered' ? { ...state, saved: true } : state;
  }
}

/** Bad rows stop all of it, unless somebody said plainly to leave them out. */
export function mayRegister(state: Import): boolean {
  return state.step === 'checked' && state.checked.plan.create > 0 && (state.checked.errorCount === 0 || state.skipBad);
}

/** Everything in the file is there already, just as the file has it. */
export function nothingToDo(checked: Checked): boolean {
  return checked.errorCount === 0 && checked.plan.create === 0 && checked.plan.unchanged > 0;
}

/** Secrets are on this page and nowhere else. */
export function holdsSecrets(state: Import): boolean {
  return state.step === 'registered' && !state.saved;
}

export interface ProgressWords {
  words: string;
  /** 0..1; null when nobody can tell. */
  share: number | null;
}

/** First the file goes up, then the server says how far it is. */
export function progressOf(state: Import): ProgressWords {
  if (state.step !== 'checking' && state.step !== 'sending') return { words: '', share: null };
  const { progress, sent } = state;
  if (sent < 1 && (progress === null || progress.phase === 'receiving')) return { words: 'Sending the file', share: sent };
  if (progress === null || progress.phase === 'receiving') return { words: 'The server reads the file', share: null };
  if (progress.phase === 'finished') return { words: 'Fetching the answer', share: 1 };
  const share = progress.rows > 0 ? Math.min(1, progress.done / progress.rows) : null;
  const words = progress.phase === 'writing' ? 'Registering' : 'Checking';
  return { words: progress.rows > 0 ? `${words}: ${progress.done.toLocaleString('en')} of ${progress.rows.toLocaleString('en')}` : words, share };
}
