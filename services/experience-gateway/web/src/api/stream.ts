// SPDX-License-Identifier: Apache-2.0
// The one place that opens an EventSource. It opens again by itself with growing, jittered pauses, at once when the
// page becomes visible or the network returns, names the event it saw last so that the server goes on after it, and asks
// the owner to catch up by GET each time. When streams keep failing it goes on trying, and has the owner poll meanwhile.

export type StreamMode = 'connecting' | 'live' | 'polling';

export interface StreamOwner {
  /** One event with its parsed data. */
  onEvent(name: string, data: unknown): void;
  /** Fetch the whole state again. Must not throw; called once at a time. */
  catchUp(): Promise<void>;
  onMode?(mode: StreamMode): void;
}

export interface StreamOptions {
  url: string;
  events: readonly string[];
  owner: StreamOwner;
  pollEveryMs?: number;
  random?: () => number;
}

export interface Stream {
  close(): void;
}

const kFirstPauseMs = 500;
const kLongestPauseMs = 20_000;
const kFailuresBeforePolling = 3;
/** What happened while the stream opened may be neither in the first catch-up nor in the stream: it is asked for again. */
const kSettleMs = 2_000;
const kDefaultPollMs = 2_500;

/** The pause before try number `failures`: doubles up to a limit, half of it by chance. */
export function pauseMs(failures: number, random: () => number): number {
  const whole = Math.min(kLongestPauseMs, kFirstPauseMs * 2 ** Math.max(0, failures - 1));
  return whole / 2 + (whole / 2) * random();
}

export function openStream(options: StreamOptions): Stream {
  const { url, events, owner } = options;
  const random = options.random ?? Math.random;
  const pollEveryMs = options.pollEveryMs ?? kDefaultPollMs;
  let source: EventSource | null = null;
  let failures = 0;
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let settle: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setInterval> | undefined;
  let catching = false;
  let mode: StreamMode | null = null;
  let lastEventId = '';

  function setMode(next: StreamMode): void {
    if (next === mode) return;
    mode = next;
    owner.onMode?.(next);
  }

  async function catchUp(): Promise<void> {
    if (catching || closed) return;
    catching = true;
    try {
      await owner.catchUp();
    } finally {
      catching = false;
    }
  }

  function stopPolling(): void {
    clearInterval(poll);
    poll = undefined;
  }

  function onOpen(): void {
    failures = 0;
    stopPolling();
    setMode('live');
    void catchUp();
    clearTimeout(settle);
    settle = setTimeout(() => void catchUp(), kSettleMs);
  }

  function onFailure(): void {
    source?.close();
    source = null;
    failures += 1;
    // The server ends a stream whose right has ended: a GET tells at once whether that is so.
    if (failures === 1) void catchUp();
    if (failures < kFailuresBeforePolling) setMode('connecting');
    else if (poll === undefined) {
      setMode('polling');
      poll = setInterval(() => void catchUp(), pollEveryMs);
      void catchUp();
    }
    clearTimeout(retry);
    retry = setTimeout(connect, pauseMs(failures, random));
  }

  function deliver(name: string, event: Event): void {
    if (!(event instanceof MessageEvent) || typeof event.data !== 'string') return;
    if (event.lastEventId !== '') lastEventId = event.lastEventId;
    let data: unknown;
    try {
      data = JSON.parse(event.data);
    } catch {
      return;
    }
    owner.onEvent(name, data);
  }

  function connect(): void {
    if (closed) return;
    clearTimeout(retry);
    source?.close();
    // A new EventSource sends no Last-Event-ID header: the query says the same.
    const opened = new EventSource(lastEventId === '' ? url : `${url}?lastEventId=${encodeURIComponent(lastEventId)}`);
    source = opened;
    opened.onopen = onOpen;
    opened.onerror = () => {
      if (source === opened) onFailure();
    };
    for (const name of events) opened.addEventListener(name, (event) => deliver(name, event));
    // The server cannot go on where this page was.
    opened.addEventListener('resync', () => void catchUp());
  }

  /** A phone that slept or changed networks may hold a dead stream that looks open. */
  function wake(): void {
    if (closed || document.visibilityState === 'hidden') return;
    failures = 0;
    connect();
    void catchUp();
  }

  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  setMode('connecting');
  connect();

  return {
    close(): void {
      closed = true;
      clearTimeout(retry);
      clearTimeout(settle);
      stopPolling();
      source?.close();
      document.removeEventListener('visibilitychange', wake);
      window.removeEventListener('online', wake);
    },
  };
}
