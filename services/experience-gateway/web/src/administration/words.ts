// SPDX-License-Identifier: Apache-2.0
// Times that run out, addresses, and lists of them, as people type and read them. Pure.

/** "9:41" until then; null when it is over. */
export function leftText(until: string, nowMs: number): string | null {
  const seconds = Math.ceil((Date.parse(until) - nowMs) / 1000);
  if (!Number.isFinite(seconds) || seconds <= 0) return null;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const kDate = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

export function dateText(time: string): string {
  const ms = Date.parse(time);
  return Number.isFinite(ms) ? kDate.format(ms) : time;
}

export interface Lifetime {
  key: number;
  title: string;
}

/** In days. */
export const kLifetimes: readonly Lifetime[] = [{ key: 7, title: '7 days' }, { key: 30, title: '30 days' }, { key: 90, title: '90 days' }, { key: 365, title: '1 year' }];

/** A minute short of so many days, so that no clock that is ahead makes it too long. */
export function inDays(days: number, nowMs: number): string {
  return new Date(nowMs + days * 86_400_000 - 60_000).toISOString();
}

/** The end of a day as a person means it: the last second of it, here. */
export function endOfDay(date: string): string | null {
  const end = new Date(`${date}T23:59:59`);
  return /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(end.getTime()) ? end.toISOString() : null;
}

/** The beginning of a day, here. */
export function startOfDay(date: string): string | null {
  const start = new Date(`${date}T00:00:00`);
  return /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(start.getTime()) ? start.toISOString() : null;
}

/** For a date input: the day here. */
export function dayOf(ms: number): string {
  const day = new Date(ms);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`;
}

function isAddress4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

function isAddress6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0 || !/^[0-9a-f:]+$/i.test(text)) return false;
  const groups = [head, ...(tail === undefined ? [] : [tail])].flatMap((part) => (part === '' ? [] : part.split(':')));
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (tail === undefined ? groups.length === 8 : groups.length < 8);
}

/** Is "localhost:8443" and the like a name that means whichever machine asks? */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^([^:]*):\d+$/, '$1').replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || name === '0.0.0.0' || (isAddress4(name) && name.startsWith('127.'));
}

/** "10.0.0.0/8", "192.0.2.7" or their IPv6 kin; empty: fine. */
export function addressFault(text: string): string {
  const [address = '', bits, ...more] = text.split('/');
  const most = isAddress4(address) ? 32 : isAddress6(address) ? 128 : -1;
  const rightBits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  return most > 0 && more.length === 0 && rightBits ? '' : `“${text}” is no address or network.`;
}

/** One a line, or with commas or blanks between. */
export function addressesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((part) => part !== ''))];
}

/** Does a serial fit a pattern with * and ?, as the server reads it. */
export function fitsPattern(serial: string, pattern: string): boolean {
  const expression = pattern.toUpperCase().replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*').replace(/\?/g, '.');
  return new RegExp(`^${expression}$`).test(serial.toUpperCase());
}
