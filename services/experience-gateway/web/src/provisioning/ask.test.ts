// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { Problem } from '../api/problem';
import { askRefusal, waitText } from './ask';

it.each([[1, '1 s'], [89, '89 s'], [90, '2 minutes'], [3000, '50 minutes'], [3001, '51 minutes']])('a wait of %i s is told as %s', (seconds, words) => {
  expect(waitText(seconds)).toBe(words);
});

it('a refused ask says when it is possible again, if there is such a time', () => {
  expect(askRefusal(new Problem(429, 'throttled', 'Ten times.', [], 3000))).toBe('Ten times. Possible again in 50 minutes.');
  expect(askRefusal(new Problem(409, 'own_device', 'Yours.'))).toBe('Yours.');
});
