// SPDX-License-Identifier: Apache-2.0
// Nobody is kept out: axe-core finds nothing serious on any page at either size, and all of them work by keyboard.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, demoRecipe, handOver, leafOf } from '../harness/api.mjs';
import { barriers } from '../harness/axe.mjs';
import { demo, operator, sadler } from '../harness/demo.mjs';
import { notByKeyboard } from '../harness/keyboard.mjs';
import { fillForm, inState, openWindow } from '../harness/pages.mjs';
import { kDesk, kPhone } from '../harness/scene.mjs';

const kSizes = { phone: kPhone, desk: kDesk };
const serial = demo.devices[0].serial;

/** Visits pages and collects what is found, so that one run tells all. */
class Visit {
  found = [];

  constructor(page, size) {
    Object.assign(this, { page, size });
  }

  async judge(where) {
    const found = [...(await barriers(this.page)), ...(this.size === 'desk' ? await notByKeyboard(this.page) : [])];
    this.found.push(...found.map((each) => `${where} (${this.size}): ${each}`));
  }

  async at(path, id) {
    await this.page.goto(path);
    await this.page.getByTestId(id).first().waitFor();
    await this.judge(path);
  }

  /** What opens when this is clicked; closed again by Escape. */
  async opened(button, dialog) {
    await this.page.getByTestId(button).first().click();
    await this.page.getByTestId(dialog).waitFor();
    await this.judge(dialog);
    await this.page.keyboard.press('Escape');
    await this.page.getByTestId(dialog).waitFor({ state: 'detached' });
  }

  end() {
    assert.deepEqual(this.found, []);
  }
}

story('the check of these stories finds a nameless button and grey words on grey', async (tale) => {
  const page = await tale.desk(null);
  await page.goto('/login');
  await page.getByTestId('login-submit').waitFor();
  await page.evaluate(() => {
    const button = document.querySelector('main').appendChild(document.createElement('button'));
    const words = document.querySelector('main').appendChild(document.createElement('p'));
    Object.assign(words, { textContent: 'grey' });
    Object.assign(words.style, { color: '#999', background: '#aaa' });
    return [button, words];
  });
  const found = (await barriers(page)).map((each) => each.split(':')[0]);
  assert.deepEqual(found.sort(), ['button-name', 'color-contrast']);
});

story('the check of these stories finds a button that Tab leaves out and a text that only a pointer can use', async (tale) => {
  const page = await tale.desk(null);
  await page.goto('/login');
  await page.getByTestId('login-submit').waitFor();
  assert.deepEqual(await notByKeyboard(page), []);
  await page.evaluate(() => {
    const button = document.querySelector('main').appendChild(document.createElement('button'));
    const words = document.querySelector('main').appendChild(document.createElement('p'));
    Object.assign(button, { textContent: 'left out', tabIndex: -1 });
    words.textContent = 'click me';
    words.style.cursor = 'pointer';
  });
  const found = (await notByKeyboard(page)).map((each) => each.split('<')[0].trim());
  assert.deepEqual(found.sort(), ['Tab does not reach', 'only for pointers:']);
});

for (const [size, viewport] of Object.entries(kSizes)) {
  story(`axe finds nothing serious while a technician waits, assigns and is done (${size})`, async (tale) => {
    const device = await tale.device();
    const firmware = await tale.firmware(device);
    const page = await tale.page(viewport, sadler.technician);
    const visit = new Visit(page, size);
    await visit.at('/register', 'serial-input');
    await page.getByTestId('serial-input').fill('GEN-0000-0000-00');
    await page.getByTestId('serial-submit').click();
    await page.getByTestId('serial-suggestion').or(page.locator('.field-error')).first().waitFor();
    await visit.judge('a misread serial');
    await openWindow(page, device.serial);
    await visit.judge('waiting');
    firmware.press();
    await inState(page, 'proven');
    await page.getByTestId('model-kd-60').waitFor();
    await visit.judge('the form');
    await page.getByTestId('form-submit').click();
    await page.getByTestId('form-name-error').filter({ hasText: /./ }).waitFor();
    await visit.judge('the form with errors');
    await fillForm(page, { name: `Axe ${size}` });
    await page.getByTestId('form-submit').click();
    await page.getByTestId('success').waitFor();
    await visit.judge('done');
    await visit.at(`/devices/${device.serial}`, 'ledger');
    await openWindow(page, (await tale.device()).serial);
    await page.getByTestId('cancel').click();
    await page.getByTestId('ended').waitFor();
    await visit.judge('ended');
    for (const [path, id] of [['/devices', 'device-list'], ['/trust', 'ca-download'], ['/nowhere', 'not-found'], ['/devices/NO-SUCH-1', 'device-missing']]) await visit.at(path, id);
    visit.end();
  });

  story(`axe finds nothing serious on the sign-in page and for one who may only look (${size})`, async (tale) => {
    const stranger = new Visit(await tale.page(viewport, null), size);
    await stranger.at('/login', 'login-submit');
    await stranger.at('/welcome', 'welcome');
    const viewer = new Visit(await tale.page(viewport, sadler.viewer), size);
    await viewer.at('/devices', 'device-list');
    await viewer.at('/devices?view=fleet', 'fleet-table');
    await viewer.at(`/devices/${serial}`, 'ledger');
    await viewer.page.getByTestId('nav-account').first().click();
    await viewer.judge('the account menu');
    stranger.end();
    viewer.end();
  });

  story(`axe finds nothing serious on an administrator's pages and in their dialogs (${size})`, async (tale) => {
    const device = await tale.device();
    const firmware = await tale.firmware(device);
    await handOver(sadler.technician, device, firmware, 'To be looked at');
    const page = await tale.page(viewport, sadler.admin);
    const visit = new Visit(page, size);
    await visit.at(`/devices/${device.serial}`, 'ledger');
    await page.getByTestId('device-administration').waitFor();
    for (const [button, dialog] of [['device-edit', 'edit-dialog'], ['device-credentials', 'credentials-dialog'], ['device-labels', 'labels-dialog'], ['device-delete', 'confirm'], ['release', 'release-dialog']])
      if ((await page.getByTestId(button).count()) > 0) await visit.opened(button, dialog);
    await visit.at('/admin', 'admin-overview');
    await visit.at('/admin/requests', 'admin-requests');
    await visit.at('/account', 'account');
    await visit.at('/admin/groups', 'tree');
    await page.getByTestId('tree').getByRole('treeitem').first().click();
    await visit.opened('group-create', 'group-dialog');
    await visit.at('/admin/users', 'user-list');
    await page.getByTestId(`user-${sadler.viewer.email}`).click();
    await page.getByTestId('person').waitFor();
    await visit.judge('a person');
    await visit.opened('person-delete', 'confirm');
    await visit.at('/admin/passes', 'admin-passes');
    await visit.opened('pass-new', 'pass-dialog');
    await visit.at('/admin/tokens', 'admin-tokens');
    await visit.opened('token-new', 'token-dialog');
    await visit.at('/admin/ledger', 'ledger-lines');
    visit.end();
  });

  story(`axe finds nothing serious on an operator's pages (${size})`, async (tale) => {
    const recipe = await demoRecipe();
    const batch = (await as(operator, 'GET', '/api/batches')).items[0];
    const page = await tale.page(viewport, operator);
    const visit = new Visit(page, size);
    await visit.at('/admin', 'admin-overview');
    await visit.at('/admin/register', 'import-recipe');
    await page.getByTestId('import-recipe').selectOption(recipe.id);
    await page.getByTestId('import-way-count').click();
    await visit.judge('registering a number of devices');
    await visit.at('/admin/recipes/new', 'recipe-save');
    await visit.at('/admin/batches', 'batch-list');
    await visit.at(`/admin/batches/${batch.id}`, 'batch');
    await visit.at('/admin/recipes', 'recipe-list');
    await page.goto(`/admin/recipes/${recipe.id}`);
    await page.locator('form').first().waitFor();
    await visit.judge('a recipe');
    await visit.at('/admin/registration', 'admin-registration');
    await visit.opened('registration-new', 'registration-dialog');
    await visit.at('/admin/users', 'user-list');
    await visit.at('/admin/groups', 'admin-groups');
    await visit.at('/admin/ledger', 'ledger-lines');
    visit.end();
  });
}

story('one device is provisioned with the keyboard alone, from the sign-in to its dashboard', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const leaf = await leafOf(sadler.technician);
  const page = await tale.desk(null);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.closest('[data-testid]')?.getAttribute('data-testid'));
  const tabTo = async (id) => {
    await page.getByTestId(id).waitFor({ state: 'attached' });
    for (let step = 0; step < 60 && (await focused()) !== id; step += 1) await page.keyboard.press('Tab');
    assert.equal(await focused(), id, `Tab reaches ${id}`);
    assert.ok(await page.evaluate(() => {
      const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
      return outlineStyle !== 'none' || boxShadow !== 'none';
    }), `one sees that one is at ${id}`);
  };
  await page.goto('/register');
  await tabTo('login-email');
  await page.keyboard.type(sadler.technician.email);
  await tabTo('login-password');
  await page.keyboard.type(sadler.technician.password);
  await page.keyboard.press('Enter');
  await tabTo('serial-input');
  await page.keyboard.type(device.serial);
  await page.keyboard.press('Enter');
  await inState(page, 'waiting');
  await tabTo('identify');
  await page.keyboard.press('Enter');
  firmware.press();
  await inState(page, 'proven');
  await tabTo('form-name');
  await page.keyboard.type('By keyboard');
  await tabTo('form-group');
  await page.getByTestId('form-group').locator('option:not([disabled])').first().waitFor({ state: 'attached' });
  await page.keyboard.type(leaf.name);
  assert.equal(await page.getByTestId('form-group').inputValue(), leaf.id);
  await page.locator('[data-testid^="model-"]').first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await tabTo('form-submit');
  await page.keyboard.press('Enter');
  await page.getByTestId('success').waitFor();
  await tabTo('success-dashboard-link');
  await page.keyboard.press('Enter');
  await page.getByTestId('ledger').waitFor();
  assert.equal(new URL(page.url()).pathname, `/devices/${device.serial}`);
});
