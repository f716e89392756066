// SPDX-License-Identifier: Apache-2.0
// Pictures of the pages, on a phone and on a desk, made from the running system: node screenshots.mjs [OUT], by tests/e2e/run --pictures.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { as, handOver, makeRecipe } from './harness/api.mjs';
import { take } from './harness/camera.mjs';
import { data, demo, sadler, tekton, waitingDevices } from './harness/demo.mjs';
import { eventually } from './harness/eventually.mjs';
import { fillForm, inState, openWindow, requiredPresses, signInByHand, typeSerial, valueBecomes } from './harness/pages.mjs';
import { closeBrowser, kDesk, kPhone, Scene } from './harness/scene.mjs';

const quickstart = fileURLToPath(new URL('../../deploy/quickstart', import.meta.url));
const pressButton = (serial) => execFileSync(quickstart, ['press', serial, '--data', data], { stdio: 'ignore' });
const sizes = { phone: { ...kPhone, deviceScaleFactor: 2 }, desk: kDesk };

async function anotherUnit(scene, page) {
  const [wanted, pressed] = [await scene.device(), await scene.device()];
  const firmware = await scene.firmware(pressed);
  await openWindow(page, wanted.serial);
  firmware.press(1);
  await page.getByTestId('other-unit').waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
}

async function countedLight(scene, page) {
  const device = await scene.device(await makeRecipe('Light', { blinkCheck: true }));
  const unit = await scene.unit(device);
  await openWindow(page, device.serial);
  await unit.press();
  await page.getByTestId('blinking').waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
}

async function askedOwner(scene, page) {
  const device = await scene.device(await makeRecipe('Consent', { transferPolicy: 'consent' }));
  await handOver(sadler.technician, device, await scene.firmware(device), 'Larkspur turbine');
  await typeSerial(page, device.serial);
  await page.getByTestId('ask-owner').waitFor();
  await page.getByTestId('ask-note').fill('It came with the building.');
  await page.getByTestId('ask-send').click();
  await page.getByTestId('ask-done').waitFor();
  await eventually('the owner is asked', async () => (await as(sadler.admin, 'GET', '/api/consent-requests')).items.some((each) => each.serial === device.serial));
}

async function pictures(scene, size, serial) {
  const open = (who) => scene.page(sizes[size], who);
  const shot = (page, name) => take(page, name, size);

  const stranger = await open(null);
  await stranger.goto('/login');
  await stranger.getByTestId('login-submit').waitFor();
  await shot(stranger, 'sign-in');

  const page = await scene.pageSeeing(sizes[size], serial, null);
  await signInByHand(page, sadler.technician);
  await page.getByTestId('device-list').waitFor();
  await shot(page, 'devices');
  await page.getByTestId('nav-register').click();
  // The scanner as it sees the label, held there: the next step is the waiting page.
  await page.route('**/api/provisionings', async (route) => { await held; await route.continue(); });
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.getByTestId('scan-video').waitFor();
  await eventually('the camera shows the label', () => page.getByTestId('scan-video').evaluate((video) => video.videoWidth > 0).catch(() => true));
  await shot(page, 'scan');
  release();
  await inState(page, 'waiting', { seconds: 30 });
  await shot(page, 'waiting');
  pressButton(serial);
  await inState(page, 'proven');
  await fillForm(page, { name: 'Emergency generator, roof', group: 'Lindgren Hospital', model: 'kd-60' });
  await page.getByTestId('form-name').evaluate((input) => input.blur());
  await page.evaluate(() => window.scrollTo(0, 0));
  await shot(page, 'assign');
  await page.getByTestId('form-submit').click();
  await page.getByTestId('success').waitFor();
  await shot(page, 'done');

  await page.goto(`/devices/${demo.devices[0].serial}`);
  await valueBecomes(page, 'rpm', () => true);
  await page.getByTestId('range-6h').click();
  await eventually('the charts are drawn', async () => Number(await page.getByTestId('chart-rpm').getAttribute('data-points')) > 100);
  await page.evaluate(() => window.scrollTo(0, 0));
  await shot(page, 'dashboard');
  if (size === 'phone') {
    await page.getByTestId('chart-rpm').scrollIntoViewIfNeeded();
    await page.getByTestId('range-6h').evaluate((each) => each.scrollIntoView({ block: 'center' }));
    await shot(page, 'charts');
  }
  await page.goto(`/devices/${serial}`);
  await page.getByTestId('ledger').locator('summary').click();
  await page.getByTestId('ledger').locator('li').first().waitFor();
  await page.getByTestId('ledger').evaluate((each) => each.scrollIntoView({ block: 'center' }));
  await shot(page, 'ledger');

  const contested = await scene.device();
  const firmware = await scene.firmware(contested);
  const [tom, tilda] = [await open(sadler.technician), await open(tekton.technician)];
  await openWindow(tom, contested.serial);
  await openWindow(tilda, contested.serial);
  await tom.getByTestId('contested').waitFor();
  if ((await requiredPresses(tom)) > 1) firmware.press(1);
  await eventually('the press is shown', async () => (await tom.getByTestId('press-state').innerText()).startsWith('1 of'));
  await shot(tom, 'two-people');

  const short = await scene.device(await makeRecipe('Short window', { window_s: 30 }));
  await openWindow(tom, short.serial);
  await tom.locator('[data-testid="ended"][data-state="expired"]').waitFor({ timeout: 45_000 });
  await shot(tom, 'expired');

  await anotherUnit(scene, tom);
  await shot(tom, 'another-unit');
  await countedLight(scene, tom);
  await shot(tom, 'count-the-light');
  await askedOwner(scene, tilda);
  await shot(tilda, 'ask-the-owner');
  const admin = await open(sadler.admin);
  await admin.goto('/admin/requests');
  await admin.getByTestId('request-list').waitFor();
  await shot(admin, 'requests');

  await tom.goto('/no/such/page');
  await tom.getByTestId('not-found').waitFor();
  await shot(tom, 'not-found');
}

const scene = new Scene();
try {
  await as(sadler.technician, 'GET', '/api/session');
  for (const [index, size] of Object.keys(sizes).entries()) await pictures(scene, size, waitingDevices[index].serial);
} finally {
  await scene.end(null);
  await closeBrowser();
}
