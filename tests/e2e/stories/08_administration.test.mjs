// SPDX-License-Identifier: Apache-2.0
// The administration pages: many devices from a file, labels, people, groups, a release that is taken back, the ledger.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { story } from '../harness/story.mjs';
import { as, cookieOf, demoRecipe, handOver, leafOf, send } from '../harness/api.mjs';
import { operator, sadler } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { faults } from '../harness/faults.mjs';
import { mayConnect } from '../harness/firmware.mjs';

const kCsv = 'text/csv';
/** Serials that no other story uses. */
const stamp = () => Date.now().toString(36).toUpperCase();
const csvFile = (name, rows) => ({ name, mimeType: kCsv, buffer: Buffer.from(rows.map((row) => `${row.join(',')}\n`).join('')) });

async function chooseFile(page, file) {
  await page.getByTestId('import-file').setInputFiles(file);
  await page.getByTestId('import-file-name').filter({ hasText: file.name }).waitFor();
}

async function check(page) {
  await page.getByTestId('import-check').click();
  await page.getByTestId('import-plan').waitFor();
}

/** Clicks and resolves with the path of what the browser saved. */
async function savedBy(page, id) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(id).click()]);
  return { path: await download.path(), name: download.suggestedFilename() };
}

async function openImport(tale) {
  const page = await tale.desk(operator, { acceptDownloads: true });
  await page.goto('/admin/register');
  await page.getByTestId('import-recipe').selectOption((await demoRecipe()).id);
  return page;
}

story('an operator mends a bad row, registers the file, keeps the credentials and gets the labels', async (tale) => {
  const page = await openImport(tale);
  const [one, two] = [`E2E-${stamp()}-A`, `E2E-${stamp()}-B`];
  await chooseFile(page, csvFile('bad.csv', [['serial', 'name', 'floor'], [one, 'Roof', '3'], ['x?', 'Yard', '0']]));
  assert.match(await page.getByTestId('import-preview').innerText(), /floor\s+Tag/);
  await check(page);
  assert.equal(await page.getByTestId('import-plan').getAttribute('data-bad'), '1');
  assert.match(await page.getByTestId('import-errors').innerText(), /3\s+serial\s+“x\?”: \S/);
  assert.ok(await page.getByTestId('import-apply').isDisabled(), 'a bad row stops all of it until somebody says otherwise');

  const good = csvFile('good.csv', [['serial', 'name', 'floor'], [one, 'Roof', '3'], [two, 'Yard', '0']]);
  await chooseFile(page, good);
  await check(page);
  assert.equal(await page.getByTestId('import-plan').getAttribute('data-create'), '2');
  await page.getByTestId('import-apply').click();
  await page.getByTestId('confirm-yes').click();
  await page.getByTestId('import-done').waitFor();

  await page.getByTestId('nav-devices').click();
  await page.getByTestId('import-leave').waitFor();
  await page.getByTestId('import-stay').click();
  const { path } = await savedBy(page, 'import-save');
  await page.locator('[data-testid="import-done"][data-saved="true"]').waitFor();
  const [head, ...rows] = readFileSync(path, 'utf8').trim().split(/\r?\n/).map((line) => line.split(','));
  const cell = (row, name) => row[head.indexOf(name)];
  assert.deepEqual(rows.map((row) => cell(row, 'serial')), [one, two]);
  for (const row of rows) assert.match(cell(row, 'access_secret'), /^[0-9a-f]{64}$/);
  const device = { deviceId: cell(rows[0], 'device_id'), accessKey: cell(rows[0], 'access_key'), accessSecret: cell(rows[0], 'access_secret') };
  await eventually('the broker takes what the file holds', () => mayConnect(device));

  await page.getByTestId('import-labels').click();
  await page.getByTestId('labels').waitFor();
  const labels = await savedBy(page, 'label-get');
  assert.match(labels.name, /\.pdf$/);
  assert.ok(statSync(labels.path).size > 500);
  assert.equal(readFileSync(labels.path).subarray(0, 5).toString(), '%PDF-');
  await page.getByTestId('loopback').filter({ hasText: 'TURNKEY_LABEL_HOST' }).waitFor();
  for (const serial of [one, two]) await page.getByTestId(`device-row-${serial}`).waitFor();

  await page.goto('/admin/register');
  await page.getByTestId('import-recipe').selectOption((await demoRecipe()).id);
  await chooseFile(page, good);
  await check(page);
  await page.getByTestId('import-nothing').waitFor();
  assert.equal(await page.getByTestId('import-apply').count(), 0, 'the same file again: nothing to do');
});

story('good rows are registered without the bad ones only when somebody chooses that', async (tale) => {
  const page = await openImport(tale);
  const serial = `E2E-${stamp()}-C`;
  await chooseFile(page, csvFile('mixed.csv', [['serial', 'name'], [serial, 'Good'], ['!', 'Bad']]));
  await check(page);
  await page.getByTestId('import-skip-bad').check();
  await page.getByTestId('import-apply').click();
  await page.getByTestId('confirm-yes').click();
  await page.getByTestId('import-done').waitFor();
  const { path } = await savedBy(page, 'import-save');
  assert.match(readFileSync(path, 'utf8'), new RegExp(serial));
  assert.equal((await send('GET', `/api/devices/${serial}`, { cookie: await cookieOf(operator) })).status, 200);
});

story('an admin invites a technician, who signs in by the link, once, and the address forgets its token at once', async (tale) => {
  const email = `joining.${Date.now()}@sadler-isberg.example`;
  const leaf = await leafOf(sadler.admin);
  const page = await tale.desk(sadler.admin);
  await page.goto('/admin/users');
  await page.getByTestId('invite').click();
  await page.getByTestId('person-email').fill(email);
  await page.getByTestId('person-name').fill('Joining Person');
  assert.equal(await page.getByTestId('person-role-operator').count(), 0, 'an admin gives no more than they have');
  await page.getByTestId('person-role-technician').click();
  await page.getByTestId(`pick-${leaf.id}`).click();
  await page.getByTestId('person-save').click();
  const link = new URL(await page.getByTestId('issued-link').innerText());
  assert.equal(link.pathname, '/welcome');
  assert.match(link.hash, /^#\S{16,}$/);
  await page.getByTestId('loopback').waitFor();
  await page.getByTestId('link-done').click();
  await page.getByTestId('user-search').fill(email);
  await page.getByTestId(`user-${email}`).waitFor();

  const phone = await tale.phone(null);
  const requested = [];
  phone.on('request', (request) => requested.push(request.url()));
  await phone.goto(`/welcome${link.hash}`);
  await phone.locator('[data-testid="welcome"][data-kind="invitation"]').waitFor();
  assert.equal(new URL(phone.url()).hash, '');
  await phone.reload();
  await phone.locator('[data-testid="welcome"][data-kind="invitation"]').waitFor();
  assert.deepEqual(await faults(phone), []);
  await phone.getByTestId('welcome-password').fill('short');
  await phone.getByTestId('welcome-submit').click();
  await phone.getByText('At least 10 characters; 5 more.').waitFor();
  await phone.getByTestId('welcome-password').fill('a few plain words');
  await phone.getByTestId('welcome-submit').click();
  await phone.getByTestId('nav-register').waitFor();
  assert.equal(await phone.getByTestId('nav-admin').count(), 0);
  assert.equal(await phone.evaluate(() => history.state), null, 'a link that was used is not kept');
  await phone.goto('/admin/users');
  await phone.getByTestId('admin-refused').waitFor();
  const token = link.hash.slice(1);
  assert.ok(requested.every((each) => !each.split('#')[0].includes(token)), 'the token is in no address that was asked for');

  const late = await tale.phone(null);
  await late.goto(`/welcome${link.hash}`);
  await late.getByTestId('welcome-over').waitFor();
  await late.reload();
  await late.getByTestId('welcome-missing').filter({ hasText: 'Open the link from your message again' }).waitFor();
});

story('a pass lets somebody work at one site by its link alone, until it is ended', async (tale) => {
  const leaf = await leafOf(sadler.admin);
  const page = await tale.desk(sadler.admin);
  await page.goto('/admin/passes');
  await page.getByTestId('pass-new').click();
  const name = `Helper ${stamp()}`;
  await page.getByTestId('pass-name').fill(name);
  await page.getByTestId(`pick-${leaf.id}`).click();
  await page.getByTestId('pass-make').click();
  await page.getByTestId('qr').waitFor();
  const link = new URL(await page.getByTestId('issued-link').innerText());
  await page.getByTestId('link-done').click();
  const phone = await tale.phone(null);
  await phone.goto(`/welcome${link.hash}`);
  await phone.locator('[data-testid="welcome"][data-kind="pass"]').waitFor();
  await phone.getByTestId('welcome-submit').click();
  await phone.getByTestId('nav-register').waitFor();
  await page.getByRole('button', { name: `End it: ${name}` }).click();
  await page.getByTestId('confirm-yes').click();
  await page.getByText(name, { exact: true }).waitFor({ state: 'detached' });
  await eventually('the pass is over on the phone too', async () => {
    await phone.reload();
    return (await phone.getByTestId('login-email').count()) > 0;
  });
});

story('a group is made, renamed and moved, and whoever looks at the tree sees it there', async (tale) => {
  const { items } = await as(sadler.admin, 'GET', '/api/groups');
  const root = items[0];
  const region = root.children.find((each) => !each.leaf);
  assert.ok(region, 'the demo has a region below the tenant');
  const first = `Wing ${stamp()}`;
  const page = await tale.desk(sadler.admin);
  await page.goto('/admin/groups');
  await page.getByTestId(`group-${root.id}`).click();
  await page.getByTestId('group-create').click();
  await page.getByTestId('group-name').fill(first);
  await page.getByTestId('group-submit').click();
  await page.getByTestId('group-said').filter({ hasText: first }).waitFor();
  await page.getByTestId('group-rename').click();
  await page.getByTestId('group-name').fill(`${first} renamed`);
  await page.getByTestId('group-submit').click();
  await page.getByTestId('group-said').filter({ hasText: 'renamed' }).waitFor();
  await page.getByTestId('group-move').click();
  await page.getByTestId(`pick-${region.id}`).click();
  await page.getByTestId('group-submit').click();
  await page.getByTestId('group-said').filter({ hasText: 'was moved' }).waitFor();
  const after = (await as(sadler.admin, 'GET', '/api/groups')).items[0].children.find((each) => each.id === region.id);
  assert.ok(after.children.some((each) => each.name === `${first} renamed`));
  await page.getByTestId('group-delete').click();
  await page.getByTestId('confirm-yes').click();
  await page.getByTestId('group-said').filter({ hasText: 'was deleted' }).waitFor();
});

story('a release is undone: the device is back with its name and its old credentials, and the ledger tells of both', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Coming back');
  const page = await tale.desk(sadler.admin);
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('release').click();
  await page.getByTestId('release-confirm').click();
  const fresh = { ...device, accessKey: await page.getByTestId('access-key').innerText(), accessSecret: await page.getByTestId('access-secret').innerText() };
  await page.getByTestId('released-done').click();
  await firmware.close();
  const undo = page.getByTestId(`undo-${device.serial}`);
  await undo.waitFor();
  assert.match(await undo.innerText(), /Undo\s+for \d{1,2}:\d\d/);
  await undo.click();
  await page.getByTestId('dashboard').waitFor();
  await page.getByRole('heading', { name: 'Coming back' }).waitFor();
  await eventually('the old credentials are taken again', () => mayConnect(device));
  await eventually('those of the release are void', async () => !(await mayConnect(fresh)));

  await page.goto('/admin/ledger');
  const lines = page.getByTestId('ledger-lines').locator('li').filter({ hasText: device.serial });
  await lines.and(page.locator('[data-act="device.released"]')).waitFor();
  await lines.and(page.locator('[data-act="device.release_undone"]')).waitFor();
  const all = page.getByTestId('ledger-lines').locator('li');
  await page.getByTestId('ledger-serial').fill(` ${device.serial.toLowerCase().replaceAll('-', ' ')} `);
  await page.getByTestId('ledger-person').fill('nobody at all');
  await page.getByTestId('ledger-person').press('Enter');
  await page.getByText('Nobody like this.').waitFor();
  await page.getByTestId('ledger-person').fill(sadler.technician.email);
  await page.getByTestId('ledger-person').press('Enter');
  await eventually('only what the technician did with this device is left', async () => {
    const texts = await all.allInnerTexts();
    return texts.length > 0 && texts.every((text) => text.includes(device.serial)) && !texts.some((text) => text.includes('released'));
  });
  assert.match((await all.allInnerTexts()).join('\n'), /Device handed over/);
  await page.reload();
  await eventually('a reload keeps what was chosen', async () => (await page.getByTestId('ledger-person').inputValue()) === sadler.technician.email);
  assert.equal(await page.getByTestId('ledger-serial').inputValue(), device.serial);
  await all.first().waitFor();
  assert.ok((await all.allInnerTexts()).every((text) => text.includes(device.serial) && !text.includes('released')));
  await page.goBack();
  await all.and(page.locator('[data-act="device.released"]')).first().waitFor();
  assert.equal(await page.getByTestId('ledger-person').inputValue(), '', 'one step back is everybody again');
  await page.getByTestId('ledger-from').fill('2026-02-02');
  await page.getByTestId('ledger-to').fill('2026-02-01');
  await page.getByTestId('ledger-days').filter({ hasText: 'after' }).waitFor();
  assert.equal(await page.getByTestId('no-lines').count(), 0, 'that nothing happened is not said of days that cannot be');
  await page.getByTestId('ledger-from').fill('');
  await page.getByTestId('ledger-to').fill('');
  await page.getByTestId('ledger-serial').fill('GEN-OF-NOBODY');
  await page.getByTestId('ledger-serial').press('Enter');
  await page.getByTestId('no-lines').waitFor();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await all.nth(5).waitFor();
  const numbers = (await all.locator('.seq').allInnerTexts()).map((text) => Number(text.replace(/\D/g, '')));
  assert.deepEqual(numbers, [...numbers].sort((one, other) => other - one), 'lines stand in the order of the ledger');
});

story('an operator makes a recipe: that it is there is said, and that it needs a model', async (tale) => {
  const page = await tale.desk(operator);
  await page.goto('/admin/recipes/new');
  await page.getByTestId('recipe-no-models').waitFor();
  await page.getByTestId('recipe-name').fill('Made by hand');
  await page.getByTestId('recipe-save').click();
  await page.getByTestId('recipe-made').filter({ hasText: 'Recipe saved' }).waitFor();
  await page.getByRole('heading', { level: 1, name: 'Made by hand' }).waitFor();
});

story('a device of the stock is told as such on its page', async (tale) => {
  const device = await tale.device();
  const page = await tale.desk(operator);
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('dashboard-stock').filter({ hasText: 'Not handed over' }).waitFor();
});

story('a device is edited and gets another key from its page', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Plain name');
  await firmware.close();
  const page = await tale.phone(sadler.admin);
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('device-edit').click();
  await page.getByTestId('edit-name').fill('Better name');
  await page.getByTestId('edit-save').click();
  await page.getByRole('heading', { name: 'Better name' }).waitFor();
  await page.getByTestId('device-credentials').click();
  await page.getByTestId('credential-add').click();
  await page.getByTestId('overlap-0').click();
  await page.getByTestId('credential-make').click();
  const added = { ...device, accessKey: await page.getByTestId('new-access-key').innerText(), accessSecret: await page.getByTestId('new-access-secret').innerText() };
  await eventually('the new key is taken', () => mayConnect(added));
  await eventually('the old one is over', async () => !(await mayConnect(device)));
  await page.getByTestId('credential-kept').click();
  await page.locator(`[data-testid="credential-${added.accessKey}"][data-state="active"]`).waitFor();
});

story('an operator verifies the ledger, and a token that was made acts and ends', async (tale) => {
  const page = await tale.desk(operator);
  await page.goto('/admin/ledger');
  await page.getByTestId('ledger-verify').click();
  await page.getByTestId('ledger-verified').filter({ hasText: 'Nothing was changed' }).waitFor();
  await page.goto('/admin/tokens');
  await page.getByTestId('token-new').click();
  const name = `Report ${stamp()}`;
  const make = await page.getByTestId('token-make').boundingBox();
  assert.ok(make.y + make.height <= 800, 'the button is in sight without scrolling');
  await page.getByTestId('token-name').fill(name);
  await page.getByTestId('token-make').click();
  const secret = await page.getByTestId('token-secret').innerText();
  assert.match(secret, /^tk_[0-9a-f]{64}$/);
  await page.getByTestId('token-done').click();
  const bearer = { origin: null, headers: { Authorization: `Bearer ${secret}` } };
  assert.equal((await send('GET', '/api/devices', bearer)).status, 200);
  await page.getByTestId(`token-end-${name}`).click();
  await page.getByTestId('confirm-yes').click();
  await page.getByTestId(`token-end-${name}`).waitFor({ state: 'detached' });
  await eventually('the token is over', async () => (await send('GET', '/api/devices', bearer)).status === 401);
});

story('the administration can be used on a phone and by ear: labels, names, landmarks, nothing too wide or too small', async (tale) => {
  const page = await tale.phone(operator);
  const recipe = await demoRecipe();
  for (const [path, id] of [['/admin', 'admin-overview'], ['/admin/register', 'import-file'], ['/admin/batches', 'batch-list'], ['/admin/recipes', 'recipe-list'], [`/admin/recipes/${recipe.id}`, 'recipe-form'],
    ['/admin/groups', 'tree'], ['/admin/users', 'user-list'], ['/admin/users/new', 'person-email'], ['/admin/passes', 'admin-passes'], ['/admin/tokens', 'admin-tokens'], ['/admin/registration', 'registration-keys'], ['/admin/integrations', 'admin-integrations'],
    ['/admin/ledger', 'ledger-lines'], ['/admin/requests', 'admin-requests']]) {
    await page.goto(path);
    await page.getByTestId(id).waitFor({ state: id === 'import-file' ? 'attached' : 'visible' });
    assert.deepEqual(await faults(page), [], path);
    const small = await page.evaluate(() => [...document.querySelectorAll('main button, main .btn, main select, main input.form-control')]
      .filter((each) => each.getClientRects().length > 0 && each.offsetHeight < 44).map((each) => each.outerHTML.slice(0, 90)));
    assert.deepEqual(small, [], path);
  }
  await page.goto('/admin/groups');
  await page.getByTestId('tree').getByRole('treeitem').first().click();
  await page.getByTestId('group-move').click();
  await page.getByTestId('group-dialog').waitFor();
  assert.deepEqual(await faults(page), [], 'moving a group');
});
