// SPDX-License-Identifier: Apache-2.0
// A theme is a whole Bootstrap: a class of ours that Bootstrap knows too would get its rules.
import css from 'bootstrap/dist/css/bootstrap.css?raw';
import { expect, it } from 'vitest';

const kComponents = import.meta.glob<string>('../**/*.svelte', { query: '?raw', import: 'default', eager: true });

const kOfBootstrap = new Set([
  'btn', 'btn-danger', 'btn-light', 'btn-primary', 'form-check-input', 'form-control', 'form-label', 'form-range', 'form-select', 'is-invalid',
  'visually-hidden',
]);
/** Bootstrap styles these only beside another class of its own, which we do not use. */
const kHarmless = new Set(['active', 'disabled']);

function namesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((found) => found[1] ?? '');
}

function bootstrapsClasses(): Set<string> {
  const rules = css.replace(/\/\*[\s\S]*?\*\//g, '');
  return new Set(namesIn(rules, /([^{}]+)\{/g).flatMap((selectors) => namesIn(selectors, /\.(-?[A-Za-z_][\w-]*)/g)));
}

function ourClasses(component: string): string[] {
  const words = [...namesIn(component, /class="([^"]*)"/g), ...namesIn(component, /class=\{([^}]*)\}/g)].flatMap((value) => value.split(/[\s{}'?:`]+/));
  return [...words, ...namesIn(component, /class:([\w-]+)/g)];
}

it('no class of ours is one of Bootstrap, but for those whose look a theme is meant to change', () => {
  const theirs = bootstrapsClasses();
  expect(theirs.has('card') && theirs.has('btn')).toBe(true);
  expect(Object.keys(kComponents).length).toBeGreaterThan(50);
  const found = Object.entries(kComponents).flatMap(([name, component]) =>
    ourClasses(component)
      .filter((each) => theirs.has(each) && !kOfBootstrap.has(each) && !kHarmless.has(each))
      .map((each) => `${name}: ${each}`));
  expect(found).toEqual([]);
});
