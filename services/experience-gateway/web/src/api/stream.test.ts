// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStream, pauseMs, type StreamMode } from './stream';

class FakeSource extends EventTarget {
  static opened: FakeSource[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }
  close(): void {
    this.closed = true;
  }
}

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
}

let page: FakeDocument;
let net: EventTarget;
let caught: number;
let modes: StreamMode[];
let seen: [string, unknown][];

const owner = {
  onEvent: (name: string, data: unknown) => void seen.push([name, data]),
  catchUp: async () => void (caught += 1),
  onMode: (mode: StreamMode) => void modes.push(mode),
};

function start() {
  return openStream({ url: '/x/events', events: ['press'], owner, random: () => 1, pollEveryMs: 1_000 });
}

function newest(): FakeSource {
  const source = FakeSource.opened.at(-1);
  if (source === undefined) throw new Error('nothing opened');
  return source;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.opened = [];
  page = new FakeDocument();
  net = new EventTarget();
  caught = 0;
  modes = [];
  seen = [];
  vi.stubGlobal('EventSource', FakeSource);
  vi.stubGlobal('document', page);
  vi.stubGlobal('window', net);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a stream', () => {
  it('catches up when it opens and hands events on', async () => {
    start();
    newest().onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    newest().dispatchEvent(new MessageEvent('press', { data: '{"presses":1}' }));
    newest().dispatchEvent(new MessageEvent('press', { data: 'not json' }));
    expect(caught).toBe(1);
    expect(seen).toEqual([['press', { presses: 1 }]]);
    expect(modes).toEqual(['connecting', 'live']);
  });

  it('asks once more a little later for what happened while it opened', async () => {
    const stream = start();
    newest().onopen?.();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(caught).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(caught).toBe(2);
    newest().onopen?.();
    stream.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(caught).toBe(3);
  });

  it('that ends asks at once what became of it', async () => {
    start();
    newest().onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    newest().onerror?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(caught).toBe(2);
  });

  it('opens again after a failure, with a pause', async () => {
    start();
    newest().onerror?.();
    expect(FakeSource.opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(499);
    expect(FakeSource.opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeSource.opened).toHaveLength(2);
  });

  it('polls when streams keep failing, and stops polling when one opens', async () => {
    start();
    for (let failure = 0; failure < 3; failure += 1) {
      newest().onerror?.();
      await vi.advanceTimersByTimeAsync(pauseMs(failure + 1, () => 1));
    }
    expect(modes.at(-1)).toBe('polling');
    const before = caught;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(caught).toBeGreaterThanOrEqual(before + 3);
    newest().onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    const after = caught;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(caught).toBe(after + 1);
    expect(modes.at(-1)).toBe('live');
  });

  it('reconnects and catches up at once when the page becomes visible or the network returns', async () => {
    start();
    newest().onopen?.();
    await vi.advanceTimersByTimeAsync(0);
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSource.opened).toHaveLength(1);
    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSource.opened).toHaveLength(2);
    expect(FakeSource.opened[0]?.closed).toBe(true);
    net.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSource.opened).toHaveLength(3);
    expect(caught).toBe(3);
  });

  it('names the event it saw last when it opens again', async () => {
    start();
    newest().onopen?.();
    newest().dispatchEvent(new MessageEvent('press', { data: '{}', lastEventId: 'r 7.0' }));
    newest().onerror?.();
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeSource.opened.map((source) => source.url)).toEqual(['/x/events', '/x/events?lastEventId=r%207.0']);
  });

  it('asks for the state when the server cannot go on where the page was', async () => {
    start();
    newest().onopen?.();
    await vi.advanceTimersByTimeAsync(3_000);
    const before = caught;
    newest().dispatchEvent(new MessageEvent('resync', { data: '{}' }));
    await vi.advanceTimersByTimeAsync(0);
    expect(caught).toBe(before + 1);
    expect(seen).toEqual([]);
  });

  it('that is closed stays closed', async () => {
    const stream = start();
    newest().onerror?.();
    stream.close();
    await vi.advanceTimersByTimeAsync(60_000);
    net.dispatchEvent(new Event('online'));
    expect(FakeSource.opened).toHaveLength(1);
  });
});

it('pauses double up to a limit and vary by chance', () => {
  expect([1, 2, 3, 20].map((failures) => pauseMs(failures, () => 1))).toEqual([500, 1_000, 2_000, 20_000]);
  expect(pauseMs(2, () => 0)).toBe(500);
});
