// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isPass, nameFault, passwordFaults } from './account';

describe('an account of one’s own', () => {
  it.each([['', 'Enter your name.'], ['  ', 'Enter your name.'], ['N', ''], ['n'.repeat(255), ''], ['n'.repeat(256), 'At most 255 characters.']])(
    'has a name: %j', (name, fault) => {
      expect(nameFault(name)).toBe(fault);
    });

  it.each([
    ['', 'long enough so', ['password.current']],
    ['old password', 'nine char', ['password.new']],
    ['', '', ['password.current', 'password.new']],
    ['old password', 'old password', ['password.new']],
    ['old password', 'ten  chars', []],
  ])('takes a new password against the one there is: %j, %j', (current, wanted, faults) => {
    expect(Object.keys(passwordFaults(current, wanted))).toEqual(faults);
  });

  it('has none when it is a pass', () => {
    expect(isPass('pass-0123456789abcdef01234567@pass.invalid')).toBe(true);
    expect(isPass('ada@sadler-isberg.example')).toBe(false);
  });
});
