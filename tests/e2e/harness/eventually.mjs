// SPDX-License-Identifier: Apache-2.0
// Waiting for conditions: a deadline, never a pause for luck.

const kPollMs = 100;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `check` until it gives something truthy and returns that; its own errors count as "not yet".
 * @template T
 * @param {string} what what is waited for, for the message of the failure
 * @param {() => T | Promise<T>} check
 * @param {{ seconds?: number }} [options]
 * @returns {Promise<NonNullable<T>>}
 */
export async function eventually(what, check, { seconds = 10 } = {}) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const result = await check();
      if (result) return result;
      last = result;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) throw new Error(`not within ${seconds} s: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`);
    await pause(kPollMs);
  }
}
