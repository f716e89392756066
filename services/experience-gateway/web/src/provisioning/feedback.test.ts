// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it, vi } from 'vitest';

interface Heard { frequency: number; startS: number; endS: number }

let felt: (number | number[])[];
let heard: Heard[];

class FakeAudio {
  state = 'suspended';
  currentTime = 10;
  destination = {};
  async resume(): Promise<void> {
    this.state = 'running';
  }
  createGain() {
    return { gain: { setValueAtTime: () => undefined, exponentialRampToValueAtTime: () => undefined }, connect: (next: unknown) => next };
  }
  createOscillator() {
    const frequency = { value: 0 };
    let startS = 0;
    return {
      frequency,
      connect: (next: unknown) => next,
      start: (atS: number) => (startS = atS),
      stop: (endS: number) => heard.push({ frequency: frequency.value, startS, endS }),
    };
  }
}

/** The module keeps its one AudioContext: each test begins with a fresh one. */
async function fresh() {
  vi.resetModules();
  return import('./feedback');
}

beforeEach(() => {
  felt = [];
  heard = [];
  vi.stubGlobal('navigator', { vibrate: (pattern: number | number[]) => felt.push(pattern) });
  vi.stubGlobal('AudioContext', FakeAudio);
});

describe('a press', () => {
  it('is felt and heard once a touch has allowed sound', async () => {
    const { allowSound, pressHeard } = await fresh();
    allowSound();
    pressHeard();
    expect(felt).toHaveLength(1);
    expect(heard).toHaveLength(1);
  });

  it('that proves presence feels and sounds unlike one that is only counted, and unlike the end', async () => {
    const { allowSound, ended, pressHeard, proven } = await fresh();
    allowSound();
    for (const tell of [pressHeard, proven, ended]) tell();
    expect(new Set(felt.map((pattern) => JSON.stringify(pattern))).size).toBe(3);
    expect(heard.map((tone) => tone.frequency)).toEqual([660, 660, 990, 220]);
    expect(heard[2]?.startS).toBeGreaterThanOrEqual(heard[1]?.endS ?? Infinity);
  });

  it('is felt without a touch, on a phone that plays no sound, and breaks nothing where neither exists', async () => {
    const { pressHeard } = await fresh();
    pressHeard();
    expect([felt.length, heard.length]).toEqual([1, 0]);
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('AudioContext', undefined);
    const bare = await fresh();
    expect(() => {
      bare.allowSound();
      bare.proven();
    }).not.toThrow();
  });
});
