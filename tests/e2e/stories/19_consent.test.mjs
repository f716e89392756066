// SPDX-License-Identifier: Apache-2.0
// A device changes hands because its owner agrees, and whoever had it is told (checklist S4, S6, S14).
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, handOver, makeRecipe, send } from '../harness/api.mjs';
import { sadler, simulated, tekton } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { faults } from '../harness/faults.mjs';
import { fillForm, inState, typeSerial } from '../harness/pages.mjs';

const about = (serial) => `/api/devices/${serial}/consent-requests`;
/** Somebody of the other tenant, new in each story: asks and failed scans are counted for each person. */
async function technician(name) {
  const who = { email: `${name.toLowerCase()}-${Date.now()}@tekton-health.example`, password: `pass-${Date.now()}-${name}` };
  const groupIds = (await as(tekton.admin, 'GET', '/api/groups')).items.map((group) => group.id);
  await as(tekton.admin, 'POST', '/api/users', { ...who, name, role: 'technician', groupIds });
  return who;
}

const noticesOf = async (who) => (await as(who, 'GET', '/api/notices')).items;

async function ownedDevice(tale, name, transferPolicy = 'consent') {
  const device = await tale.device(await makeRecipe(name, { transferPolicy }));
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, name);
  return { device, firmware };
}

async function ask(page, serial, note) {
  await typeSerial(page, serial);
  await page.getByTestId('ask-owner').waitFor();
  await page.getByTestId('ask-note').fill(note);
  await page.getByTestId('ask-send').click();
  return page.getByTestId('ask-done').innerText();
}

story('a technician asks, the owner agrees, the technician takes over, and the former owner is told who, as they agreed, and no more', async (tale) => {
  const { device, firmware } = await ownedDevice(tale, 'Larkspur turbine');
  const asker = await technician('Thea');
  const phone = await tale.phone(asker);
  const told = await ask(phone, device.serial, 'It came with the building.');
  assert.match(told, /If this device belongs to somebody and they can agree to hand it over, they have been asked/);
  assert.match(told, /They see your name and e-mail/);
  assert.doesNotMatch(await phone.locator('main').innerText(), /Larkspur|Sadler/);

  const desk = await tale.desk(sadler.admin);
  await desk.goto('/devices');
  await desk.getByTestId('attention-banner').click();
  const request = desk.getByTestId(`request-${device.serial}`);
  await request.waitFor();
  assert.match(await request.innerText(), new RegExp(`Larkspur turbine[\\s\\S]*at \\S[\\s\\S]*Thea, ${asker.email}[\\s\\S]*It came with the building\\.`));
  assert.deepEqual(await faults(desk), []);
  await request.getByTestId('request-grant').click();
  assert.match(await desk.getByTestId('confirm').innerText(), /24 hours/);
  await desk.getByTestId('confirm-yes').click();
  await request.filter({ hasText: 'may take it until' }).waitFor();

  await typeSerial(phone, device.serial);
  await inState(phone, 'waiting');
  firmware.press();
  await inState(phone, 'proven');
  await fillForm(phone, { name: 'Ours now' });
  await phone.getByTestId('form-submit').click();
  await phone.getByTestId('success-dashboard-link').click();
  await phone.getByTestId('dashboard').waitFor();

  const overview = await tale.phone(sadler.admin);
  await overview.goto('/admin/requests');
  const notice = overview.getByTestId(`notice-${device.serial}`);
  await notice.waitFor();
  assert.equal(await overview.getByTestId(`request-${device.serial}`).count(), 0, 'what was granted is used up');
  assert.match(await notice.innerText(), new RegExp(`Larkspur turbine[\\s\\S]*taken over .* by Thea, ${asker.email}, as agreed on `));
  assert.doesNotMatch(await overview.locator('main').innerText(), /Ours now/);
  assert.deepEqual(await faults(overview), []);
  await notice.getByTestId('notice-read').click();
  await overview.locator(`[data-testid="notice-${device.serial}"][data-read="true"]`).waitFor();
  const { id, at, ...rest } = (await noticesOf(sadler.admin)).find((each) => each.serial === device.serial);
  assert.ok(/^[0-9a-f]{24}$/.test(id) && !Number.isNaN(Date.parse(at)));
  assert.deepEqual(rest, { kind: 'device_taken_over', serial: device.serial, deviceName: 'Larkspur turbine', read: true, agreed: { with: { name: 'Thea', email: asker.email }, at: rest.agreed?.at } });
  assert.equal((await send('GET', `/api/devices/${device.serial}`, { cookie: await cookieOf(sadler.admin) })).status, 404);
  assert.equal((await noticesOf(tekton.admin)).some((each) => each.serial === device.serial), false);
});

story('a technician who was refused gets what there is not, and so does everybody whom the owner did not name', async (tale) => {
  const { device } = await ownedDevice(tale, 'Refused turbine');
  const asker = await technician('Tove');
  const phone = await tale.phone(asker);
  await ask(phone, device.serial, '');
  const find = async () => (await as(sadler.admin, 'GET', '/api/consent-requests')).items.find((each) => each.serial === device.serial);
  const { id } = await eventually('the owner sees the request', find);
  const desk = await tale.desk(sadler.admin);
  await desk.goto('/admin/requests');
  await desk.getByTestId(`request-${device.serial}`).getByTestId('request-decline').click();
  await desk.getByTestId('confirm-yes').click();
  await desk.locator(`[data-testid="request-${device.serial}"][data-state="declined"]`).waitFor();
  await typeSerial(phone, device.serial);
  await phone.getByTestId('open-error').waitFor();

  await as(sadler.admin, 'POST', `/api/consent-requests/${id}/grant`, {});
  const scan = async (who) => (await send('POST', '/api/provisionings', { cookie: await cookieOf(who), body: { serial: device.serial } })).status;
  assert.equal(await scan(tekton.admin), 404, 'the yes was for another person');
  assert.equal(await scan(asker), 201);
  await as(sadler.admin, 'POST', `/api/consent-requests/${id}/decline`, {});
  assert.equal(await scan(asker), 404, 'a yes can be taken back');
});

story('asking is answered with the same bytes for every serial, and a take-over by presence is told too', async (tale) => {
  const { device } = await ownedDevice(tale, 'Asked turbine');
  const never = await ownedDevice(tale, 'Fixed turbine', 'never');
  const nobodys = await tale.device();
  const asker = await technician('Tage');
  const cookie = await cookieOf(asker);
  const answerOf = async (serial) => {
    const { status, headers, text } = await send('POST', about(serial), { cookie, body: { note: 'Please' } });
    const { date: _date, 'x-correlation-id': _id, ...same } = headers;
    return { status, same, text };
  };
  const unknown = await answerOf('KNR-0000-0000');
  assert.equal(unknown.status, 202);
  for (const serial of [device.serial, never.device.serial, simulated[0].serial, nobodys.serial]) assert.deepEqual(await answerOf(serial), unknown, serial);
  const own = await send('POST', about(device.serial), { cookie: await cookieOf(sadler.technician), body: {} });
  assert.equal(own.json.code, 'own_device');

  const plain = await ownedDevice(tale, 'Plain turbine', 'presence');
  await handOver(asker, plain.device, plain.firmware, 'Taken turbine');
  await eventually('the former owner is told', async () => (await noticesOf(sadler.admin)).some((each) => each.serial === plain.device.serial && each.deviceName === 'Plain turbine' && each.agreed === undefined));
});
