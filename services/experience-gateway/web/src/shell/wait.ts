// SPDX-License-Identifier: Apache-2.0
// How long until something may be tried again, in words. Pure.

/** "50 minutes", as exact as somebody who comes back later needs it. */
export function waitText(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** "9 min 41 s" for somebody who watches it run down; null once it is over. */
export function countdownText(untilMs: number, nowMs: number): string | null {
  const seconds = Math.ceil((untilMs - nowMs) / 1000);
  if (seconds <= 0) return null;
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
