// SPDX-License-Identifier: Apache-2.0
// What axe-core finds on a page that keeps people out: everything that it calls serious or critical.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kImpacts = ['serious', 'critical'];

/** Colours are judged when they have settled: moving ones are between two. */
const settle = (page) => page.evaluate(() => Promise.race([
  Promise.all(document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished.catch(() => undefined))),
  new Promise((resolve) => setTimeout(resolve, 2_000)),
]));

/** One line for each thing found; none is what is wanted. */
export async function barriers(page) {
  await page.evaluate(source);
  await settle(page);
  return page.evaluate(async (impacts) => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.filter((each) => impacts.includes(each.impact))
      .flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target.join(' ')}: ${node.failureSummary.split('\n').slice(1).join(' ').trim()} ${node.html.slice(0, 120)}`));
  }, kImpacts);
}
