// SPDX-License-Identifier: Apache-2.0
// What a hand-over cuts, and what never leaves the browser.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, handOver, makeDevice, send, signIn } from '../harness/api.mjs';
import { sadler, tekton, url } from '../harness/demo.mjs';
import { driver } from '../harness/driver.mjs';
import { eventually } from '../harness/eventually.mjs';
import { fillForm, inState, openWindow } from '../harness/pages.mjs';

const kTheirs = 733.125; // of the former owner
const kOurs = 911.375; // of the next one
const kLate = 655.625; // measured before the hand-over, reported after it

/** All that a user may read of a device: its page, its history in few and in many points, its ledger, a new stream. */
async function readable(who, serial) {
  const cookie = await cookieOf(who);
  const from = new Date(Date.now() - 3_600_000).toISOString();
  const to = new Date(Date.now() + 60_000).toISOString();
  const paths = ['', '/telemetry?attributes=rpm', ...[1, 10, 500].map((points) => `/telemetry?attributes=rpm&points=${points}&from=${from}&to=${to}`), '/connections', '/ledger'];
  const answers = await Promise.all(paths.map((path) => send('GET', `/api/devices/${serial}${path}`, { cookie })));
  const stream = await send('GET', `/api/devices/${serial}/events`, { cookie, headers: { 'Sec-Fetch-Site': 'same-origin' }, untilBytes: true });
  return { statuses: [...answers, stream].map((answer) => answer.status), text: [...answers, stream].map((answer) => answer.text).join('\n') };
}

story('S14 after a hand-over the new owner reads nothing older and the former one nothing newer, late samples included', async (tale) => {
  const device = await makeDevice();
  const firmware = await tale.firmware(device);
  await handOver(tekton.technician, device, firmware, 'Theirs');
  const newest = async (who) => (await as(who, 'GET', `/api/devices/${device.serial}`)).latest.rpm?.value;
  const watching = await tale.desk(tekton.technician);
  await watching.goto(`/devices/${device.serial}`);
  await watching.getByTestId('dashboard').waitFor();
  const before = new Date().toISOString();
  firmware.report({ rpm: kTheirs });
  await eventually('the owner reads it', async () => (await newest(tekton.technician)) === kTheirs);
  const last = (await as(tekton.admin, 'POST', `/api/devices/${device.serial}/release`, {})).credentials;
  await firmware.close();
  await watching.getByTestId('device-missing').waitFor();

  const again = await tale.firmware({ ...device, ...last });
  await handOver(sadler.technician, device, again, 'Ours');
  again.report({ rpm: kLate }, before);
  again.report({ rpm: kOurs });
  await eventually('the new owner reads his own', async () => (await newest(sadler.technician)) === kOurs);
  await eventually('his history has it', async () => (await readable(sadler.technician, device.serial)).text.split(String(kOurs)).length > 3);
  const ours = await readable(sadler.technician, device.serial);
  assert.deepEqual([...new Set(ours.statuses)], [200]);
  for (const hidden of [kTheirs, kLate, 'Theirs', tekton.technician.email]) assert.ok(!ours.text.includes(String(hidden)), `${hidden} is not the new owner's`);
  const theirs = await readable(tekton.technician, device.serial);
  assert.deepEqual([...new Set(theirs.statuses)], [404]);
  for (const hidden of [kOurs, kLate, 'Ours', device.deviceId]) assert.ok(!theirs.text.includes(String(hidden)), `${hidden} is not the former owner's`);
  assert.ok(!(await watching.content()).includes(String(kOurs)));
});

story('S18 no token is in an address or in a log, on the whole way from the sign-in to the dashboard', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const cookie = await signIn(sadler.technician);
  const [name, value] = cookie.split('=');
  const page = await tale.phone(null);
  await page.context().addCookies([{ name, value, url, httpOnly: true, secure: true, sameSite: 'Lax' }]);
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url()));
  await openWindow(page, device.serial);
  firmware.press();
  await inState(page, 'proven');
  await fillForm(page, { name: 'No token' });
  await page.getByTestId('form-submit').click();
  await page.getByTestId('success-dashboard-link').click();
  await page.getByTestId('dashboard').waitFor();
  assert.deepEqual(addresses.filter((each) => /[0-9a-f]{64}/.test(each) || each.includes(value)), []);
  const logs = await driver.logs();
  assert.ok(logs.length > 0);
  for (const secret of [value, sadler.technician.password, device.accessSecret])
    assert.deepEqual(logs.filter(({ text }) => text.includes(secret)).map(({ name }) => name), [], 'no log has it');
});
