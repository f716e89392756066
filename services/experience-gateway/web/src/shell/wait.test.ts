// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { countdownText, waitText } from './wait';

it.each([[1, '1 s'], [89, '89 s'], [90, '2 minutes'], [3000, '50 minutes'], [3001, '51 minutes']])('a wait of %i s is told as %s', (seconds, words) => {
  expect(waitText(seconds)).toBe(words);
});

it.each([[581_000, '9 min 41 s'], [60_000, '1 min 0 s'], [59_001, '1 min 0 s'], [58_001, '59 s'], [1, '1 s'], [0, null], [-5, null]])(
  '%i ms run down as %s', (ms, words) => {
    expect(countdownText(1_000_000 + ms, 1_000_000)).toBe(words);
  });
