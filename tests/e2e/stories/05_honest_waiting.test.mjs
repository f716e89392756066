// SPDX-License-Identifier: Apache-2.0
// The waiting page says what is known and nothing else, and survives what happens behind it (checklist S22).
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, send } from '../harness/api.mjs';
import { sadler } from '../harness/demo.mjs';
import { kill, restarted } from '../harness/driver.mjs';
import { inState, openWindow } from '../harness/pages.mjs';
import { eventually } from '../harness/eventually.mjs';

story('a device that was never seen, is there, or was seen last, is told as such while the technician waits', async (tale) => {
  const device = await tale.device();
  const page = await tale.phone(sadler.technician);
  await openWindow(page, device.serial);
  const told = (words) => page.getByTestId('device-state').filter({ hasText: words }).waitFor({ timeout: 20_000 });
  await told(/Not connected\s*never seen/);
  await page.getByTestId('never-seen').filter({ hasText: 'power' }).waitFor();
  const firmware = await tale.firmware(device);
  await told(/^\s*Connected\s*$/);
  await firmware.close();
  await told(/Not connected\s*seen (just now|\d+ s)/);
});

story('cancelling ends the window at once and changes nothing', async (tale) => {
  const device = await tale.device();
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, device.serial);
  await page.getByTestId('cancel').click();
  await page.locator('[data-testid="ended"][data-state="cancelled"]').waitFor();
  assert.match(await page.getByTestId('ended').innerText(), /Nothing was changed/);
  assert.equal((await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).state, 'cancelled');
  await page.reload();
  await page.locator('[data-testid="ended"][data-state="cancelled"]').waitFor();
});

story('cancelling after the press asks first, because a press is a walk', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, device.serial);
  firmware.press();
  await inState(page, 'proven');
  await page.getByTestId('cancel').click();
  await page.getByTestId('cancel-keep').click();
  await page.getByTestId('cancel-dialog').waitFor({ state: 'detached' });
  assert.equal((await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).state, 'proven');
  await page.getByTestId('cancel').click();
  await page.getByTestId('cancel-confirm').click();
  await page.locator('[data-testid="ended"][data-state="cancelled"]').waitFor();
});

story('the device blinks when the technician asks which one it is', async (tale) => {
  const device = await tale.device();
  const listener = await tale.listener(device);
  const page = await tale.phone(sadler.technician);
  await openWindow(page, device.serial);
  await page.getByTestId('identify').click();
  await eventually('the command reaches the device', () => listener.commands.some((command) => command.name === 'identify'));
});

story('a press while the gateway is killed is shown as soon as it is back, without a hand on the page', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const page = await tale.phone(sadler.technician);
  await openWindow(page, device.serial);
  const killed = await kill('experience-gateway');
  firmware.press();
  await restarted(killed);
  await eventually('it answers', async () => (await send('GET', '/healthz')).status === 200, { seconds: 30 });
  await inState(page, 'proven', { seconds: 30 });
});

story('the stream itself recovers: a press after the gateway was killed is shown within seconds', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const page = await tale.phone(sadler.technician);
  const streams = [];
  page.on('response', (response) => { if (new URL(response.url()).pathname.endsWith('/events') && response.status() === 200) streams.push(response.url()); });
  await openWindow(page, device.serial);
  await eventually('the stream is open', () => streams.length === 1);
  await kill('experience-gateway');
  await eventually('the page opened its stream again', () => streams.length >= 2, { seconds: 40 });
  firmware.press();
  await inState(page, 'proven', { seconds: 3 });
});

story('one who did not start a provisioning gets nothing of it, not even in his own tenant', async (tale) => {
  const device = await tale.device();
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, device.serial);
  for (const path of [`/api/provisionings/${id}`, `/api/provisionings/${id}/events`, '/api/provisionings/ffffffffffffffffffffffff'])
    assert.equal((await send('GET', path, { cookie: await cookieOf(sadler.admin) })).status, 404, path);
  const other = await tale.phone(sadler.admin);
  await other.goto(`/register/${device.serial}?p=${id}`);
  await other.getByRole('heading', { name: 'This provisioning is not there' }).waitFor();
});
