// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { judgeStill, kNoScan, look, type Scan } from './state';

const kRules = { labelHost: 'turnkey.example.com', checkedPrefixes: ['GEN'] };
const kOurs = 'HTTPS://TURNKEY.EXAMPLE.COM/D/GEN-7K3M-Q9XT-4Z';
const kOther = 'HTTPS://TURNKEY.EXAMPLE.COM/D/GEN-0000-0000-GK';
const kWrong = 'HTTPS://TURNKEY.EXAMPLE.COM/D/GEN-7K3M-Q9XT-4Y';

/** Looks at one frame every 100 ms, starting where `scan` ended. */
function frames(texts: readonly string[][], scan: Scan = kNoScan, startMs = 1_000): Scan {
  return texts.reduce((known, seen, index) => look(known, seen, startMs + index * 100, kRules), scan);
}

describe('a scan', () => {
  it('acts on the second equal read, not on the first', () => {
    expect(frames([[kOurs]]).sight).toEqual({ kind: 'unsure', serial: 'GEN-7K3M-Q9XT-4Z' });
    expect(frames([[kOurs], [], [kOurs]]).sight).toEqual({ kind: 'found', serial: 'GEN-7K3M-Q9XT-4Z' });
  });

  it('forgets a read that is too old', () => {
    const once = frames([[kOurs]]);
    expect(look(once, [kOurs], 3_000, kRules).sight.kind).toBe('unsure');
    expect(look(once, [kOurs], 2_999, kRules).sight.kind).toBe('found');
  });

  it('says so when two labels are in view, in one frame or in turn', () => {
    expect(frames([[kOurs, kOther]]).sight.kind).toBe('several');
    expect(frames([[kOurs], [kOther]]).sight.kind).toBe('several');
    expect(frames([[kOurs, kOther], [kOurs], [kOurs]]).sight.kind).toBe('several');
  });

  it('goes on once only one label has been in view for a while', () => {
    const both = frames([[kOurs, kOther]]);
    expect(frames([[kOurs], [kOurs]], both, 3_001).sight.kind).toBe('found');
  });

  it('names a QR code that is not a label of ours, and never follows it', () => {
    expect(frames([['https://evil.example/d/GEN-7K3M-Q9XT-4Z']]).sight.kind).toBe('foreign');
    expect(frames([['WIFI:S:net;;']]).sight.kind).toBe('foreign');
  });

  it('ignores a foreign code beside our label', () => {
    expect(frames([['WIFI:S:net;;', kOurs], [kOurs]]).sight.kind).toBe('found');
  });

  it('names a label whose check characters do not fit before any lookup', () => {
    expect(frames([[kWrong]]).sight.kind).toBe('misread');
  });

  it('stays with what it found', () => {
    expect(frames([[kOurs], [kOurs], [kOther]]).sight).toEqual({ kind: 'found', serial: 'GEN-7K3M-Q9XT-4Z' });
  });
});

it('a photo is judged at once', () => {
  expect(judgeStill([kOurs], kRules)).toEqual({ kind: 'found', serial: 'GEN-7K3M-Q9XT-4Z' });
  expect(judgeStill([kOurs, kOther], kRules).kind).toBe('several');
  expect(judgeStill([], kRules).kind).toBe('nothing');
  expect(judgeStill(['hello/there'], kRules).kind).toBe('foreign');
});
