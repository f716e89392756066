// SPDX-License-Identifier: Apache-2.0
// The log of a device's coming and going as people read it. Pure.
import type { ConnectionLine } from '../api/fleet_types';

const kReasons: Record<string, string> = {
  disconnected: 'it ended the connection or was not heard any more',
  taken_over: 'a new connection took the place of one that was still open',
  revoked: 'its key was revoked',
  expired: 'its key had run out',
  broker_restarted: 'the server was restarted',
};

export function reasonText(line: ConnectionLine): string {
  if (line.reason === '') return '';
  return kReasons[line.reason] ?? line.reason.replace(/_/g, ' ');
}

/** "3 d 4 h", "2 h 5 min", "40 s" */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`;
}

export interface Stretch {
  fromMs: number;
  toMs: number;
  state: 'connected' | 'disconnected' | 'unknown';
}

/**
 * The time since `fromMs`, cut where the state changed. What was before the oldest line is not known: the log may begin
 * with the hand-over, or be longer than what was asked for.
 */
export function stretchesOf(lines: readonly ConnectionLine[], fromMs: number, nowMs: number): Stretch[] {
  const changes = lines.map((line) => ({ ms: Date.parse(line.at), connected: line.connected })).sort((one, other) => one.ms - other.ms);
  const all: Stretch[] = [];
  const push = (start: number, end: number, state: Stretch['state']): void => {
    const [from, to] = [Math.max(fromMs, start), Math.min(nowMs, end)];
    const last = all.at(-1);
    if (to <= from) return;
    // A connection that was taken over goes on.
    if (last?.state === state) last.toMs = to;
    else all.push({ fromMs: from, toMs: to, state });
  };
  push(fromMs, changes[0]?.ms ?? nowMs, 'unknown');
  changes.forEach((change, index) => push(change.ms, changes[index + 1]?.ms ?? nowMs, change.connected ? 'connected' : 'disconnected'));
  return all;
}

export interface Uptime {
  /** Of the time that is known; null when nothing is. */
  share: number | null;
  interruptions: number;
}

export function uptimeOf(stretches: readonly Stretch[]): Uptime {
  const length = (state: Stretch['state']): number =>
    stretches.filter((stretch) => stretch.state === state).reduce((sum, stretch) => sum + stretch.toMs - stretch.fromMs, 0);
  const on = length('connected');
  const known = on + length('disconnected');
  return { share: known > 0 ? on / known : null, interruptions: stretches.filter((stretch) => stretch.state === 'disconnected').length };
}

/** Never rounded up to all of it. */
export function shareText(share: number): string {
  if (share === 1 || share === 0) return `${share * 100} %`;
  return `${Math.min(99.9, Math.max(0.1, share * 100)).toFixed(1)} %`;
}
