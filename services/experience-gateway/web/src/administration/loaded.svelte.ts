// SPDX-License-Identifier: Apache-2.0
// What a page fetches and what it sends, with the states that every such thing has.
import { asProblem, type Problem } from '../api/problem';
import type { Page } from '../api/types';

/** One answer: not there yet, there, or refused. A late answer to an older question is dropped. */
export class Loaded<T> {
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  #asked = 0;
  readonly #fetch: () => Promise<T>;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  async load(): Promise<void> {
    const ticket = ++this.#asked;
    try {
      const value = await this.#fetch();
      if (ticket !== this.#asked) return;
      this.value = value;
      this.problem = null;
    } catch (error) {
      if (ticket === this.#asked) this.problem = asProblem(error);
    }
  }
}

/** A list that comes in pages. */
export class Pages<T> {
  items = $state.raw<T[] | null>(null);
  cursor = $state<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  #asked = 0;
  readonly #fetch: (cursor: string | null) => Promise<Page<T>>;

  constructor(fetch: (cursor: string | null) => Promise<Page<T>>) {
    this.#fetch = fetch;
  }

  /** From the beginning; what is on screen stays until the answer is here. */
  load(): Promise<void> {
    return this.#take(null, () => []);
  }

  more(): Promise<void> {
    return this.#take(this.cursor, () => this.items ?? []);
  }

  async #take(cursor: string | null, before: () => T[]): Promise<void> {
    const ticket = ++this.#asked;
    try {
      const page = await this.#fetch(cursor);
      if (ticket !== this.#asked) return;
      this.items = [...before(), ...page.items];
      this.cursor = page.nextCursor ?? null;
      this.problem = null;
    } catch (error) {
      if (ticket === this.#asked) this.problem = asProblem(error);
    }
  }
}

/** Something that the user does: at most once at a time, and what was said against it. */
export class Deed {
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);

  /** True when it was done. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = asProblem(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Hands a file to the browser; nothing is kept behind. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
