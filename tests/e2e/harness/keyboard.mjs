// SPDX-License-Identifier: Apache-2.0
// What a page keeps from people who have no pointer: controls that the Tab key does not reach, and things that can only be clicked.
// Pressed for real: what the browser does counts, not what the markup promises.

const kMostSteps = 600;

/** Numbers the controls that must be reached; of a set that arrow keys move in (radio buttons, a tree, a menu) one is enough. */
function number() {
  const kControls = 'a[href], button, input, select, textarea, summary, [role="button"], [role="link"], [role="treeitem"], [role="menuitem"], [role="tab"]';
  const kSets = '[data-arrow-keys], [role="tree"], [role="tablist"], [role="menu"], [role="listbox"]';
  const dialogs = [...document.querySelectorAll('dialog[open], [aria-modal="true"]')];
  const scope = dialogs.at(-1) ?? document.body;
  const visible = (element) => element.checkVisibility({ checkVisibilityCSS: true }) && element.closest('[inert], [aria-hidden="true"]') === null;
  const setOf = (element) => (element.type === 'radio' ? `radio ${element.name}` : element.closest(kSets));
  const describe = (element) => `<${element.tagName.toLowerCase()} ${element.dataset.testid ?? element.id ?? ''}> ${(element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40)}`;
  const sets = new Map();
  const wanted = [];
  for (const element of scope.querySelectorAll(kControls)) {
    if (element.disabled || element.type === 'hidden' || !visible(element)) continue;
    const set = setOf(element);
    if (set !== null && sets.has(set)) {
      element.dataset.keyboardNumber = sets.get(set);
      continue;
    }
    element.dataset.keyboardNumber = wanted.length;
    if (set !== null) sets.set(set, wanted.length);
    wanted.push(describe(element));
  }
  const pointerOnly = [...scope.querySelectorAll('*')].filter((element) => {
    if (!visible(element) || getComputedStyle(element).cursor !== 'pointer') return false;
    if (element.parentElement !== null && getComputedStyle(element.parentElement).cursor === 'pointer') return false;
    // A picture of what a control beside it does too says so.
    return element.closest(`${kControls}, label, [data-keyboard-elsewhere]`) === null && element.querySelector(kControls) === null;
  });
  document.activeElement?.blur();
  return { wanted, pointerOnly: pointerOnly.map((element) => `only for pointers: ${describe(element)}`) };
}

const forget = () => document.querySelectorAll('[data-keyboard-number]').forEach((element) => delete element.dataset.keyboardNumber);

/** One line for each thing found; none is what is wanted. */
export async function notByKeyboard(page) {
  const { wanted, pointerOnly } = await page.evaluate(number);
  const missing = new Set(wanted.keys());
  for (let step = 0; step < kMostSteps && missing.size > 0; step += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => document.activeElement?.dataset.keyboardNumber);
    if (at !== undefined) missing.delete(Number(at));
    if (step > 2 * wanted.length + 10) break;
  }
  await page.evaluate(forget);
  return [...pointerOnly, ...[...missing].map((each) => `Tab does not reach ${wanted[each]}`)];
}
