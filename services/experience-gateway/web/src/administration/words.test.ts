// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { addressesOf, addressFault, dayOf, endOfDay, fitsPattern, inDays, isLoopback, leftText } from './words';

const kNow = Date.parse('2026-11-24T12:00:00.000Z');

describe('what runs out', () => {
  it.each([
    ['2026-11-24T12:09:41.000Z', '9:41'],
    ['2026-11-24T12:00:00.001Z', '0:01'],
    ['2026-11-24T12:00:00.000Z', null],
    ['2026-11-24T11:00:00.000Z', null],
    ['never', null],
  ])('%s', (until, left) => {
    expect(leftText(until, kNow)).toBe(left);
  });

  it('lasts never longer than the days that were chosen', () => {
    expect(Date.parse(inDays(365, kNow)) - kNow).toBeLessThan(365 * 86_400_000);
  });

  it('ends with the day as it is here', () => {
    const end = endOfDay(dayOf(kNow));
    expect(end).not.toBeNull();
    expect(dayOf(Date.parse(end ?? ''))).toBe(dayOf(kNow));
    expect(endOfDay('24/11/2026')).toBeNull();
    expect(endOfDay('2026-13-40')).toBeNull();
  });
});

describe('addresses', () => {
  it.each(['10.0.0.0/8', '192.0.2.7', '::1', 'fe80::/10', '2001:db8:0:0:0:0:0:1/128', '::/0'])('%s is one', (text) => {
    expect(addressFault(text)).toBe('');
  });
  it.each(['10.0.0', '10.0.0.256', '10.0.0.0/33', '1::2::3', '1:2:3', 'host', '10.0.0.0/', '10.0.0.0/8/8', '::/129', ''])('%j is none', (text) => {
    expect(addressFault(text)).not.toBe('');
  });
  it('come one a line or with commas, and once each', () => {
    expect(addressesOf(' 10.0.0.0/8,\n::1; 10.0.0.0/8 ')).toEqual(['10.0.0.0/8', '::1']);
  });
});

it.each([
  ['localhost', true], ['localhost:8443', true], ['LOCALHOST.', true], ['demo.localhost:8443', true], ['127.0.0.1:8443', true], ['127.9.9.9', true], ['[::1]:8443', true], ['::1', true], ['0.0.0.0', true],
  ['turnkey.example', false], ['localhost.example:8443', false], ['127.example', false], ['192.168.1.20:8443', false], ['[fd00::1]:8443', false], ['', false],
])('%s is a name for every machine itself: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});

it.each([['GEN-1', 'GEN-*', true], ['GEN-1', 'GEN-?', true], ['GEN-12', 'GEN-?', false], ['XGEN-1', 'GEN-*', false], ['GENA1', 'GEN.1', false]])(
  '%s fits %s: %s', (serial, pattern, fits) => {
    expect(fitsPattern(serial, pattern)).toBe(fits);
  });
