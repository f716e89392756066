// SPDX-License-Identifier: Apache-2.0
// What a screen reader would miss: names of controls, one main landmark, one first heading, a title, a language.

export const faults = (page) => page.evaluate(() => {
  const found = [];
  const shown = (element) => element.getClientRects().length > 0;
  const words = (element) => (element.getAttribute('aria-label') ?? '').trim() || (element.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('').trim() || element.textContent.trim();
  for (const input of document.querySelectorAll('input, select, textarea')) {
    if (shown(input) && input.labels.length === 0 && !input.getAttribute('aria-label')) found.push(`no label: ${input.outerHTML.slice(0, 90)}`);
  }
  for (const control of document.querySelectorAll('button, a[href], summary, [role="button"]')) {
    if (shown(control) && control.closest('[aria-hidden="true"]') === null && words(control) === '') found.push(`no name: ${control.outerHTML.slice(0, 90)}`);
  }
  for (const picture of document.querySelectorAll('img')) if (!picture.hasAttribute('alt')) found.push(`no alt: ${picture.src}`);
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((each) => each === id).length > 1) found.push(`the id ${id} twice`);
  if (document.querySelectorAll('main').length !== 1) found.push('not one main landmark');
  if ([...document.querySelectorAll('h1')].filter(shown).length !== 1) found.push('not one first heading');
  if (document.title === '') found.push('no title');
  if (document.documentElement.lang === '') found.push('no language');
  if (document.documentElement.scrollWidth > window.innerWidth) found.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
  return found;
});
