// SPDX-License-Identifier: Apache-2.0
// What people do on the pages, in their own words.
import assert from 'node:assert/strict';
import { eventually } from './eventually.mjs';

export async function signInByHand(page, who, path = '/') {
  await page.goto(path);
  await page.getByTestId('login-email').fill(who.email);
  await page.getByTestId('login-password').fill(who.password);
  await page.getByTestId('login-submit').click();
}

/** Types a serial on the register page and starts. */
export async function typeSerial(page, serial) {
  await page.goto('/register');
  await page.getByTestId('serial-input').fill(serial);
  await page.getByTestId('serial-submit').click();
}

/** Waits until the page shows the provisioning in this state. */
export async function inState(page, state, { seconds = 15 } = {}) {
  await page.locator(`[data-testid="provisioning"][data-state="${state}"]`).waitFor({ timeout: seconds * 1000 });
}

/** Opens a window by typing the serial; the id of the provisioning. */
export async function openWindow(page, serial) {
  await typeSerial(page, serial);
  await inState(page, 'waiting');
  return eventually('the address names the provisioning', () => new URL(page.url()).searchParams.get('p'));
}

export async function secondsOnClock(page) {
  const [minutes, seconds] = (await page.getByTestId('clock').innerText()).split(':').map(Number);
  return minutes * 60 + seconds;
}

export async function requiredPresses(page) {
  const words = await page.getByTestId('press-state').innerText();
  const count = /of (\d+) presses/.exec(words)?.[1];
  assert.ok(count, `the page shows how often to press: "${words}"`);
  return Number(count);
}

/** Fills the form; the first group of the list unless one is named. */
export async function fillForm(page, { name, group, model = 'kd-60' }) {
  await page.getByTestId('form-name').fill(name);
  const groups = page.getByTestId('form-group');
  await groups.locator('option:not([disabled])').first().waitFor({ state: 'attached' });
  if (group === undefined) await groups.selectOption({ index: 1 });
  else await groups.selectOption({ label: group });
  await page.getByTestId(`model-${model}`).click();
}

export const valueOf = (page, attribute) => page.getByTestId(`value-${attribute}`).getAttribute('data-value');

/** Waits until an attribute shows a value that `wanted` accepts. */
export const valueBecomes = (page, attribute, wanted, options) =>
  eventually(`${attribute} shows what is wanted`, async () => {
    const value = await valueOf(page, attribute);
    return value !== null && wanted(value) ? { value } : null;
  }, options);
