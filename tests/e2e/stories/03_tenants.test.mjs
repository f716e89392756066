// SPDX-License-Identifier: Apache-2.0
// What one tenant has, another does not see: not a name, not a value, not that it is there (checklist S4, S5, S13, S14).
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, demoRecipe, handOver, leafOf, makeRecipe, send } from '../harness/api.mjs';
import { demo, operator, sadler, simulated, tekton } from '../harness/demo.mjs';
import { fillForm, inState, openWindow, signInByHand, typeSerial, valueBecomes } from '../harness/pages.mjs';
import { eventually } from '../harness/eventually.mjs';

// Ends of numbers that no other device reports.
const kSecret = { rpm: 1457.390218, manifold_temperature: 87.442917, battery_voltage: 13.071846 };
const kSecrets = ['7.390218', '7.442917', '3.071846'];

story('S5 a technician of another tenant receives no byte of a device at any step', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const { deviceId } = await handOver(sadler.technician, device, firmware, 'Quillfeather turbine');
  firmware.report(kSecret);
  await eventually('its owner sees its values', async () => (await as(sadler.technician, 'GET', `/api/devices/${device.serial}`)).latest.rpm?.value === kSecret.rpm);

  const recorder = await tale.recorder();
  const page = await tale.phone(null, { recorder });
  await signInByHand(page, tekton.technician);
  await page.getByTestId('device-list').waitFor();
  const owned = demo.devices.find((each) => each.group?.startsWith('Tekton'));
  await page.getByTestId(`device-row-${owned.serial}`).waitFor();

  await page.getByTestId('device-search').fill(device.serial);
  await page.getByTestId('no-devices').waitFor();
  await page.getByTestId('device-search').fill('Quillfeather');
  await page.getByTestId('no-devices').waitFor();
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('device-missing').waitFor();
  await page.goto(`/d/${device.serial}`);
  await page.getByTestId('provisioning-start').waitFor();
  // His own devices' dashboard, so that streams are recorded while the other device goes on reporting.
  await page.goto(`/devices/${owned.serial}`);
  await page.getByTestId('dashboard').waitFor();
  for (const path of ['', '/telemetry', '/ledger', '/events', '/telemetry?points=10&attributes=rpm'])
    await page.evaluate((to) => fetch(to).then((answer) => answer.text()), `/api/devices/${device.serial}${path}`);
  for (const path of ['/commands', '/release'])
    await page.evaluate((to) => fetch(to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"start"}' }).then((answer) => answer.text()), `/api/devices/${device.serial}${path}`);
  firmware.report(kSecret);
  firmware.report({ rpm: 1457.390218 });
  await eventually('his own device goes on reporting', () => recorder.text.includes('event: state'), { seconds: 20 });

  assert.ok(recorder.found([owned.serial]).length === 1, 'the recorder hears what he may see');
  assert.deepEqual(recorder.found([device.serial, deviceId, device.accessKey, 'Quillfeather', ...kSecrets]), []);
});

story('S13 and S14 what the device reports while a window is open reaches no technician before the hand-over, and nothing old after it', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const recorder = await tale.recorder();
  const page = await tale.phone(sadler.technician, { recorder });
  firmware.report(kSecret);
  await openWindow(page, device.serial);
  for (let round = 0; round < 5; round += 1) firmware.report({ ...kSecret, running: true });
  firmware.report({ ...kSecret, register_button: true });
  await inState(page, 'proven');
  firmware.report(kSecret);
  await fillForm(page, { name: 'Silent generator' });
  await eventually('ops see the report', async () => (await as(operator, 'GET', `/api/devices/${device.serial}`)).latest.rpm?.value === kSecret.rpm);
  await eventually('the recorder hears the stream', () => /event: (?:snapshot|status|press)/.test(recorder.text));
  assert.deepEqual(recorder.found([device.deviceId, device.accessKey, ...kSecrets]), []);

  await page.getByTestId('form-submit').click();
  await page.getByTestId('success-dashboard-link').click();
  await page.getByTestId('dashboard').waitFor();
  firmware.report({ rpm: 1111.625 });
  await valueBecomes(page, 'rpm', (value) => value === '1111.625');
  assert.deepEqual(recorder.found(kSecrets), [], 'the new owner reads nothing from before');
  assert.deepEqual(recorder.found(['1111.625']), ['1111.625'], 'the recorder hears the dashboard');
});

// ---- unknown and not mine are the same bytes ---------------------------------------------------------------------------

const routesOf = (serial) => [
  ['GET', `/api/devices/${serial}`],
  ['GET', `/api/devices/${serial}/telemetry`],
  ['GET', `/api/devices/${serial}/events`],
  ['GET', `/api/devices/${serial}/ledger`],
  ['POST', `/api/devices/${serial}/commands`, { name: 'start' }],
  ['POST', `/api/devices/${serial}/commands`, { wrong: true }],
  ['POST', `/api/devices/${serial}/release`, {}],
  ['GET', `/d/${serial}`],
  ['GET', `/devices/${serial}`],
  ['GET', `/register/${serial}`],
];

function comparable(answer) {
  const { date, 'x-correlation-id': _one, ...headers } = answer.headers;
  assert.ok(date !== undefined);
  const body = answer.text.replace(/"correlationId":"[^"]*"/, '');
  return { status: answer.status, headers, body };
}

async function answers(who, serial) {
  const cookie = await cookieOf(who);
  const all = [];
  for (const [method, path, body] of routesOf(serial)) all.push([method, path.replace(serial, '{serial}'), comparable(await send(method, path, { cookie, body }))]);
  return all;
}

story('S4 unknown, foreign and unassigned serials get the same bytes on every route, whatever the role', async (tale) => {
  const foreign = simulated[0].serial;
  const nobodys = (await tale.device()).serial;
  const others = [foreign, nobodys, 'KNR-2041-9999', 'GEN-0000-0000-00', 'A.b_c-1'];
  for (const who of [tekton.viewer, tekton.technician, tekton.admin]) {
    const unknown = await answers(who, 'KNR-0000-0000');
    assert.deepEqual(unknown.slice(0, 4).map(([, , answer]) => answer.status), [404, 404, 404, 404]);
    for (const serial of others) {
      for (const [index, answer] of (await answers(who, serial)).entries()) assert.deepEqual(answer, unknown[index], `${who.role}: ${serial}`);
    }
  }
});

story('what the policy of transfer hides answers a scan like an unknown serial', async (tale) => {
  const kept = await tale.device(await makeRecipe('Consent', { transferPolicy: 'consent' }));
  await handOver(sadler.technician, kept, await tale.firmware(kept), 'Kept generator');
  const fixed = await tale.device(await makeRecipe('Never', { transferPolicy: 'never' }));
  await handOver(sadler.technician, fixed, await tale.firmware(fixed), 'Fixed generator');
  const cookie = await cookieOf(tekton.technician);
  const scan = async (serial) => comparable(await send('POST', '/api/provisionings', { cookie, body: { serial } }));
  const unknown = await scan('KNR-0000-0000');
  assert.equal(unknown.status, 404);
  assert.deepEqual(await scan(kept.serial), unknown);
  assert.deepEqual(await scan(fixed.serial), unknown);
  assert.deepEqual(await scan('GEN-0000-0000-00'), unknown);

  const page = await tale.phone(tekton.technician);
  await typeSerial(page, kept.serial);
  await page.getByTestId('open-error').waitFor();
  assert.match(await page.getByTestId('open-error').innerText(), /cannot be provisioned/);

  await as(sadler.admin, 'POST', `/api/devices/${kept.serial}/release`, {});
  assert.equal((await scan(kept.serial)).status, 201, 'released, it may be taken');
  await as(sadler.admin, 'POST', `/api/devices/${fixed.serial}/release`, {});
  assert.deepEqual(await scan(fixed.serial), unknown, 'never means never');
});

story('a technician hands over only into leaves of his own tenant, and into no region', async (tale) => {
  const device = await tale.device(await demoRecipe());
  const firmware = await tale.firmware(device);
  const page = await tale.phone(tekton.technician);
  const id = await openWindow(page, device.serial);
  firmware.press();
  await inState(page, 'proven');
  const options = page.getByTestId('form-group').locator('option:not([disabled])');
  await options.first().waitFor({ state: 'attached' });  // the form is there before the groups that it asks for
  const offered = await options.allInnerTexts();
  assert.deepEqual(offered.sort(), ['Bay General', 'Mill Road Hospital', 'Pier Street Clinic']);
  const foreignLeaf = await leafOf(sadler.technician);
  const region = (await as(tekton.technician, 'GET', '/api/groups')).items[0];
  const cookie = await cookieOf(tekton.technician);
  const refusals = [];
  for (const groupId of [foreignLeaf.id, region.id, 'ffffffffffffffffffffffff']) {
    const answer = await send('POST', `/api/provisionings/${id}/completion`, { cookie, body: { name: 'Stray', groupId, model: 'kd-60' } });
    assert.equal(answer.status, 422);
    refusals.push(answer.json.errors.map(({ field, code }) => `${field} ${code}`).join());
  }
  assert.equal(refusals[0], refusals[2], 'a leaf of others is as unknown as one that is not there');
});
