// SPDX-License-Identifier: Apache-2.0
// The dashboard: values, charts, commands, release; and what a viewer does not get (checklist S5, S11).
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, handOver, send, signIn } from '../harness/api.mjs';
import { demo, operator, sadler } from '../harness/demo.mjs';
import { mayConnect } from '../harness/firmware.mjs';
import { valueBecomes, valueOf } from '../harness/pages.mjs';
import { eventually } from '../harness/eventually.mjs';

const serialOf = (name) => demo.devices.find((each) => each.name === name).serial;

story('start and stop reach the device, and it does as it is told', async (tale) => {
  const page = await tale.desk(sadler.technician);
  await page.goto(`/devices/${serialOf('East wing')}`);
  const { value: was } = await valueBecomes(page, 'running', () => true);
  for (const [command, wanted] of was === 'true' ? [['stop', 'false'], ['start', 'true']] : [['start', 'true'], ['stop', 'false']]) {
    await page.getByTestId(`command-${command}`).click();
    await page.getByTestId('command-dialog').getByRole('heading', { name: /to East wing\?$/ }).waitFor();
    await page.getByTestId('command-confirm').click();
    await page.getByTestId('command-result').filter({ hasText: 'was sent' }).waitFor();
    await valueBecomes(page, 'running', (value) => value === wanted);
  }
});

story('a command arrives with its name and its time, and is a line in the ledger', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Obedient generator');
  await firmware.close();
  const listener = await tale.listener(device);
  const page = await tale.phone(sadler.technician);
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('command-stop').click();
  await page.getByTestId('command-confirm').click();
  const command = await eventually('the command reaches the device', () => listener.commands[0]);
  assert.equal(command.name, 'stop');
  assert.match(command.time.$date, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  await eventually('the ledger has it', async () => (await as(sadler.technician, 'GET', `/api/devices/${device.serial}/ledger`)).items.some((line) => line.act === 'command.sent'));
});

story('charts show the hours before, and more points for a longer time', async (tale) => {
  const page = await tale.desk(sadler.technician);
  await page.goto(`/devices/${serialOf('Main generator')}`);
  const points = async () => Number(await page.getByTestId('chart-battery_voltage').getAttribute('data-points'));
  await page.getByTestId('range-15m').click();
  await eventually('fifteen minutes have points', async () => (await points()) >= 5);
  const few = await points();
  await page.getByTestId('range-6h').click();
  await eventually('six hours have more', async () => (await points()) > few && (await points()) > 100);
  assert.ok(await page.getByTestId('chart-battery_voltage').locator('canvas').count(), 'they are drawn');
});

story('a release shows new credentials once, voids the old ones and closes the pages of the former owner within a second', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Leaving generator');
  const watcher = await tale.phone(sadler.technician);
  await watcher.goto(`/devices/${device.serial}`);
  await watcher.getByTestId('dashboard').waitFor();
  const stream = await watcher.waitForFunction(() => performance.getEntriesByType('resource').some((each) => each.name.endsWith('/events')) || document.querySelector('[data-connected="true"]') !== null);
  assert.ok(stream);
  assert.equal(await watcher.getByTestId('release').count(), 0, 'a technician may not release');

  const page = await tale.desk(sadler.admin);
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('release').click();
  assert.match(await page.getByTestId('release-dialog').innerText(), /new credentials[^]*ten minutes/);
  const released = page.waitForResponse((response) => response.url().endsWith('/release'));
  await page.getByTestId('release-confirm').click();
  await released;
  const cut = Date.now();
  await watcher.getByTestId('device-missing').waitFor({ timeout: 5000 });
  assert.ok(Date.now() - cut < 1000, `the page closed after ${Date.now() - cut} ms`);

  const fresh = { ...device, accessKey: await page.getByTestId('access-key').innerText(), accessSecret: await page.getByTestId('access-secret').innerText() };
  assert.match(fresh.accessSecret, /^[0-9a-f]{64}$/);
  assert.notEqual(fresh.accessKey, device.accessKey);
  await eventually('the old credentials are refused', async () => !(await mayConnect(device)), { seconds: 2 });
  await eventually('the new ones are taken', () => mayConnect(fresh));
  await page.getByTestId('released-done').click();
  await page.getByTestId('device-list').waitFor();
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('device-missing').waitFor();
});

story('an operator finds the devices of no group in the stock, counted; for others there is none', async (tale) => {
  const device = await tale.device();
  const owned = demo.devices[0].serial;
  const page = await tale.desk(operator);
  await page.goto('/devices');
  await page.getByTestId('device-list').waitFor();
  await page.getByTestId(`device-row-${owned}`).waitFor();
  const first = await page.getByTestId('device-list').locator('li').first().innerText();
  assert.doesNotMatch(first, /Not provisioned yet/, 'devices in groups come first');
  const { items, stock } = await as(operator, 'GET', '/api/groups');
  assert.ok(stock.deviceCount > 0);
  const all = stock.deviceCount + items.reduce((sum, root) => sum + root.deviceCount, 0);
  await page.locator('header').filter({ hasText: `of ${all} connected` }).waitFor();
  await page.getByTestId('group-stock').click();
  await page.getByTestId(`device-row-${owned}`).waitFor({ state: 'detached' });
  await page.getByTestId('device-search').fill(device.serial);
  await page.getByTestId(`device-row-${device.serial}`).filter({ hasText: 'Not provisioned yet' }).waitFor();
  assert.match(new URL(page.url()).search, /group=none/);
  assert.equal((await send('GET', '/api/devices?group=none', { cookie: await cookieOf(sadler.admin) })).status, 404);
  assert.equal((await as(sadler.admin, 'GET', '/api/groups')).stock, undefined);
});

story('a viewer looks and does nothing else', async (tale) => {
  const page = await tale.phone(sadler.viewer);
  await page.goto('/devices');
  await page.getByTestId('device-list').waitFor();
  assert.equal(await page.getByTestId('nav-register').count(), 0);
  await page.goto('/register');
  await page.getByText('You may look, but not register').waitFor();
  assert.equal(await page.getByTestId('serial-input').count(), 0);
  assert.equal(await page.getByTestId('scan-video').count(), 0);

  const serial = serialOf('Main generator');
  await page.goto(`/devices/${serial}`);
  await page.getByTestId('dashboard').waitFor();
  await valueBecomes(page, 'rpm', () => true);
  assert.equal(await page.locator('[data-testid^="command-"]').count(), 0);
  assert.equal(await page.getByTestId('release').count(), 0);

  const cookie = await cookieOf(sadler.viewer);
  for (const [path, body] of [[`/api/devices/${serial}/commands`, { name: 'stop' }], [`/api/devices/${serial}/release`, {}], ['/api/provisionings', { serial }]]) {
    const answer = await send('POST', path, { cookie, body });
    assert.ok([401, 403, 404].includes(answer.status), `${path} answered ${answer.status}`);
  }
  assert.equal(await valueOf(page, 'running'), 'true', 'the generator runs on');
});

story('one who is demoted in mid-stream loses what his role gave within a second', async (tale) => {
  const { items } = await as(sadler.admin, 'GET', '/api/groups');
  const who = { email: `passing.${Date.now()}@sadler-isberg.example`, password: 'correct-horse-battery-7' };
  const made = await as(sadler.admin, 'POST', '/api/users', { ...who, name: 'Passing Person', role: 'technician', groupIds: [items[0].id] });
  await signIn(who);
  const page = await tale.phone(who);
  await page.goto(`/devices/${serialOf('Main generator')}`);
  await page.getByTestId('dashboard').waitFor();
  await valueBecomes(page, 'rpm', () => true);
  await as(sadler.admin, 'DELETE', `/api/users/${made.id}`);
  const cut = Date.now();
  await page.getByTestId('login-email').waitFor({ timeout: 5000 });
  assert.ok(Date.now() - cut < 1500, `the page closed after ${Date.now() - cut} ms`);
});

story('a dashboard that is opened without network comes by itself when the network is back, and is live', async (tale) => {
  const page = await tale.phone(sadler.viewer);
  await page.goto('/devices');
  const link = page.locator(`a[href="/devices/${serialOf('East wing')}"]`).first();
  await link.waitFor();
  await page.context().setOffline(true);
  await link.click();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  await page.context().setOffline(false);
  await page.getByTestId('dashboard').waitFor();
  const { value: first } = await valueBecomes(page, 'manifold_temperature', () => true);
  await valueBecomes(page, 'manifold_temperature', (value) => value !== first);
});
