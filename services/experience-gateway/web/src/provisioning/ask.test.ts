// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { Problem } from '../api/problem';
import { askRefusal } from './ask';

it('a refused ask says when it is possible again, if there is such a time', () => {
  expect(askRefusal(new Problem(429, 'throttled', 'Ten times.', [], 3000))).toBe('Ten times. Possible again in 50 minutes.');
  expect(askRefusal(new Problem(409, 'own_device', 'Yours.'))).toBe('Yours.');
});
