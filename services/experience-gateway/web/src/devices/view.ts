// SPDX-License-Identifier: Apache-2.0
// Which part of the time all charts of a page show: how long, and up to when. Pure.

export interface View {
  spanMs: number;
  /** Null: up to now, and it goes on with it. */
  endMs: number | null;
}

export const kLeastSpanMs = 60_000;
export const kMostSpanMs = 366 * 86_400_000;

export interface Span {
  fromMs: number;
  toMs: number;
}

export function spanOf(view: View, nowMs: number): Span {
  const toMs = view.endMs ?? nowMs;
  return { fromMs: toMs - view.spanMs, toMs };
}

/** Whose end has reached now follows it from there on: there is nothing later to look at. */
function ending(spanMs: number, endMs: number, nowMs: number): View {
  return { spanMs, endMs: endMs >= nowMs ? null : endMs };
}

/** Moved by a part of its own length; negative is earlier. */
export function panned(view: View, share: number, nowMs: number): View {
  return ending(view.spanMs, spanOf(view, nowMs).toMs + view.spanMs * share, nowMs);
}

/** `factor` below 1 shows less time; what lies at `at` (0: its beginning, 1: its end) stays where it is. */
export function zoomed(view: View, factor: number, at: number, nowMs: number): View {
  const { fromMs } = spanOf(view, nowMs);
  const spanMs = Math.min(kMostSpanMs, Math.max(kLeastSpanMs, view.spanMs * factor));
  if (view.endMs === null && at === 1) return { spanMs, endMs: null };
  const fixed = fromMs + view.spanMs * at;
  return ending(spanMs, fixed + spanMs * (1 - at), nowMs);
}

/** With a margin to either side, so that a small step needs no waiting; none of it lies in the future. */
export function spanToLoad(view: View, nowMs: number): Span {
  const { fromMs, toMs } = spanOf(view, nowMs);
  if (view.endMs === null) return { fromMs, toMs };
  return { fromMs: fromMs - view.spanMs / 2, toMs: Math.min(nowMs, toMs + view.spanMs / 2) };
}

/** Whether everything that is to be shown is in what was loaded, about as fine as it would be now. */
export function isCovered(view: View, loaded: (Span & { spanMs: number }) | null, nowMs: number): boolean {
  if (loaded === null) return false;
  const { fromMs, toMs } = spanOf(view, nowMs);
  const ratio = view.spanMs / loaded.spanMs;
  return fromMs >= loaded.fromMs && toMs <= loaded.toMs && ratio > 0.99 && ratio < 1.01;
}

const kDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const kClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** "23 Nov 2026, 14:00 – 15:00", or with both days. */
export function spanText({ fromMs, toMs }: Span): string {
  const [fromDay, toDay] = [kDay.format(fromMs), kDay.format(toMs)];
  if (fromDay === toDay) return `${fromDay}, ${kClock.format(fromMs)} – ${kClock.format(toMs)}`;
  if (toMs - fromMs > 3 * 86_400_000) return `${fromDay} – ${toDay}`;
  return `${fromDay}, ${kClock.format(fromMs)} – ${toDay}, ${kClock.format(toMs)}`;
}
