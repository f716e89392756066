// SPDX-License-Identifier: Apache-2.0
// One story is one test: what it opened is closed at its end, and a failure leaves pictures of its pages.
import { test, after } from 'node:test';
import { closeBrowser, Scene } from './scene.mjs';

const kStoryMs = 180_000;

after(closeBrowser);

/**
 * @param {string} name a sentence
 * @param {(scene: Scene) => Promise<void>} tell
 * @param {{ ms?: number }} [limit] for one that takes its time
 */
export function story(name, tell, { ms = kStoryMs } = {}) {
  test(name, { timeout: ms }, async () => {
    const told = new Scene();
    let failed = name;
    try {
      await tell(told);
      if (told.complaints.length > 0) throw new Error(told.complaints.join('\n'));
      failed = null;
    } finally {
      await told.end(failed);
    }
  });
}
