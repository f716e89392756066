// SPDX-License-Identifier: Apache-2.0
// One provisioning on screen: feeds the reducer from the stream, from GET and from the clock, and says aloud what
// changed. Owned by the waiting page; start() returns what ends it.
import { api, streamPath } from '../api/client';
import { asProblem, Problem } from '../api/problem';
import { openStream, type Stream, type StreamMode } from '../api/stream';
import type { PressEvent, Provisioning } from '../api/types';
import { ended, otherHeard, pressHeard, proven } from './feedback';
import { announcement, begin, heardOther, isClosing, isFinal, reduce, type Attempt, type AttemptEvent } from './state';

const kTickMs = 250;
/** Asked anyway now and then: a stream may be dead without knowing it. */
const kSafetyMs = 10_000;
/** After the clock ran out the server is asked until it has said how it ended. */
const kClosingMs = 1_000;
/** The wall clock moved against the steady one by this much: somebody set it. */
const kJumpMs = 2_000;

export class LiveAttempt {
  attempt = $state.raw<Attempt | null>(null);
  mode = $state<StreamMode>('connecting');
  /** It is not there, or not mine. */
  gone = $state(false);
  problem = $state.raw<Problem | null>(null);
  spoken = $state('');
  presses = $state(0);
  /** The user gives it up for another one: how it ends is no news. */
  leaving = $state(false);
  #stream: Stream | null = null;
  #askedMs = 0;
  #driftMs = Date.now() - performance.now();

  constructor(readonly id: string) {}

  start(known: Provisioning | null): () => void {
    if (known !== null) this.take({ type: 'snapshot', provisioning: known, localMs: Date.now() });
    else void this.#ask();
    this.#stream = openStream({
      url: streamPath.provisioning(this.id),
      events: ['snapshot', 'press', 'status'],
      owner: {
        onEvent: (name, data) => this.#onEvent(name, data),
        catchUp: () => this.#ask(),
        onMode: (mode) => (this.mode = mode),
      },
    });
    const ticker = setInterval(() => this.#tick(), kTickMs);
    return () => {
      clearInterval(ticker);
      this.#stream?.close();
    };
  }

  take(event: AttemptEvent): void {
    const before = this.attempt;
    if (before === null) {
      if (event.type === 'snapshot') this.attempt = begin(event.provisioning, event.localMs);
    } else {
      this.attempt = reduce(before, event);
      this.#sayAndSound(before, this.attempt);
    }
    if (this.attempt !== null && isFinal(this.attempt.provisioning.state)) this.#stream?.close();
  }

  #sayAndSound(before: Attempt, after: Attempt): void {
    if (this.leaving) return;
    const words = announcement(before, after);
    if (words !== null) this.spoken = words;
    const was = before.provisioning;
    const is = after.provisioning;
    if (is.presence.presses > was.presence.presses) this.presses += 1;
    if (was.state !== is.state) {
      if (is.state === 'proven') proven();
      else if (is.state !== 'completed') ended();
    } else if (is.presence.presses > was.presence.presses) pressHeard();
    else if (heardOther(before, after) !== null) otherHeard();
  }

  #onEvent(name: string, data: unknown): void {
    if (typeof data !== 'object' || data === null) return;
    const localMs = Date.now();
    if (name === 'press') this.take({ type: 'press', press: data as PressEvent, localMs });
    else this.take({ type: 'snapshot', provisioning: data as Provisioning, localMs });
  }

  async #ask(): Promise<void> {
    this.#askedMs = Date.now();
    const sentMs = performance.now();
    try {
      const provisioning = await api.provisioning(this.id);
      const oneWayMs = (performance.now() - sentMs) / 2;
      this.problem = null;
      this.take({ type: 'snapshot', provisioning, localMs: Date.now() - oneWayMs });
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 404) {
        this.gone = true;
        this.#stream?.close();
      } else this.problem = problem;
    }
  }

  #tick(): void {
    const attempt = this.attempt;
    if (attempt === null || this.gone || isFinal(attempt.provisioning.state)) return;
    const driftMs = Date.now() - performance.now();
    const jumped = Math.abs(driftMs - this.#driftMs) > kJumpMs;
    this.#driftMs = driftMs;
    const sinceMs = Math.abs(Date.now() - this.#askedMs);
    if (jumped || sinceMs > (isClosing(attempt) ? kClosingMs : kSafetyMs)) void this.#ask();
    if (!jumped) this.take({ type: 'tick', localMs: Date.now() });
  }
}
