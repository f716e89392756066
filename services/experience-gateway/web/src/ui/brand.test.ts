// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { saysTheName } from './brand';

it('a logo that is two and a half times as wide as high says the name itself, a squarer one does not', () => {
  expect(saysTheName(250, 100)).toBe(true);
  expect(saysTheName(249, 100)).toBe(false);
  expect(saysTheName(64, 64)).toBe(false);
});

it('a picture of no size says nothing', () => {
  expect(saysTheName(0, 0)).toBe(false);
});
