// SPDX-License-Identifier: Apache-2.0
// Dashboards: any part of the past, what it looks like as a file, when a device came and went, and a thousand at a glance.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { story } from '../harness/story.mjs';
import { as, cookieOf, handOver, send } from '../harness/api.mjs';
import { demo, sadler, tekton } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { makeFleet } from '../harness/fleet.mjs';

const serialOf = (name) => demo.devices.find((each) => each.name === name).serial;
const kHourMs = 3_600_000;

async function span(page) {
  const shown = page.getByTestId('history-span');
  return { live: (await shown.getAttribute('data-live')) === 'true', text: await shown.innerText() };
}

story('history is moved and zoomed by buttons, mouse and wheel, and comes back to now', async (tale) => {
  const page = await tale.desk(sadler.viewer);
  const asked = [];
  page.on('request', (request) => request.url().includes('/telemetry?') && asked.push(new URL(request.url()).searchParams));
  const newest = () => ({ fromMs: Date.parse(asked.at(-1).get('from')), toMs: Date.parse(asked.at(-1).get('to')) });
  await page.goto(`/devices/${serialOf('Main generator')}`);
  const chart = page.getByTestId('chart-rpm');
  await chart.locator('canvas').waitFor();
  assert.ok((await span(page)).live);
  for (const key of ['15m', '1h', '6h', '24h', '7d', '30d', '1y']) {
    const before = asked.length;
    await page.getByTestId(`range-${key}`).click();
    await eventually(`${key} is asked for`, () => asked.length > before);
  }
  assert.equal(newest().toMs - newest().fromMs, 365 * 24 * kHourMs);

  await page.getByTestId('range-1h').click();
  await page.getByTestId('history-earlier').click();
  await eventually('an earlier time is shown, with a margin', async () => !(await span(page)).live && Math.abs(newest().toMs - newest().fromMs - 2 * kHourMs) < 60_000);
  const known = asked.length;
  const box = await chart.locator('.plot').boundingBox();
  const before = (await span(page)).text;
  await page.mouse.move(box.x + 100, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + 160, box.y + 80, { steps: 5 });
  await page.mouse.up();
  await eventually('the chart was dragged', async () => (await span(page)).text !== before);
  assert.equal(asked.length, known, 'what is known already is not asked for again');
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -300);
  await page.keyboard.up('Control');
  await eventually('less time is asked for', () => asked.length > known && newest().toMs - newest().fromMs < 2 * kHourMs);
  await page.getByTestId('history-out').click();
  await page.getByTestId('history-now').click();
  assert.ok((await span(page)).live);
  assert.ok(await page.getByTestId('history-later').isDisabled());
});

story('what is shown is exported as a file, formulas as texts, nothing from before the hand-over', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  firmware.report({ rpm: 333.5 });
  await handOver(sadler.technician, device, firmware, 'Exported generator');
  firmware.report({ rpm: 1234.5, location: '59.3293,18.0686' });
  const page = await tale.desk(sadler.viewer);
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('value-rpm').filter({ hasText: '1,23' }).waitFor();
  const map = page.getByTestId('map-location');
  assert.match(await map.getAttribute('href'), /^https:\/\/www\.openstreetmap\.org\/\?mlat=59\.3293&mlon=18\.0686#/);
  assert.equal(await map.getAttribute('rel'), 'noreferrer noopener');
  const text = await eventually('the export has the value', async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').click()]);
    assert.match(download.suggestedFilename(), new RegExp(`^${device.serial}_.*\\.csv$`));
    const csv = readFileSync(await download.path(), 'utf8');
    return csv.includes('1234.5') && csv;
  });
  const [head, ...rows] = text.trim().split('\r\n');
  assert.match(head, /^time,rpm \[1\/min\] mean,rpm \[1\/min\] min,rpm \[1\/min\] max,/);
  assert.ok(rows.every((row) => !Number.isNaN(Date.parse(row.split(',')[0]))));
  assert.ok(text.includes('59.3293'), 'the position too');
  assert.ok(!text.includes('333.5'), 'that was before the hand-over');
});

story('S11 the connection log tells when a device came and went, to those who see it and from the hand-over on', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Coming and going');
  const page = await tale.phone(sadler.viewer);
  await page.goto(`/devices/${device.serial}`);
  await page.getByTestId('connections').waitFor();
  await firmware.close();
  await page.locator('[data-testid="dashboard-connected"][data-connected="false"]').waitFor();
  await page.getByTestId('uptime').filter({ hasText: 'with one interruption' }).waitFor();
  await page.getByTestId('connection-log').locator('summary').click();
  await page.getByTestId('connection-log').getByText('it ended the connection or was not heard any more').first().waitFor();
  const { items } = await as(sadler.viewer, 'GET', `/api/devices/${device.serial}/connections`);
  const { provisionedAt } = await as(sadler.viewer, 'GET', `/api/devices/${device.serial}`);
  assert.ok(items.length > 0 && items.every((line) => line.at >= provisionedAt), 'it connected before the hand-over, which is not the owner’s');
  assert.equal((await send('GET', `/api/devices/${device.serial}/connections`, { cookie: await cookieOf(tekton.admin) })).status, 404);
});

story('a thousand devices at a glance: counted, sorted, narrowed, gone through by keyboard, in one request', async (tale) => {
  const fleet = await makeFleet(1000);
  const page = await tale.desk(sadler.viewer);
  let asked = 0;
  page.on('request', (request) => { if (request.url().includes('/api/fleet')) asked += 1; });
  await page.goto(`/devices?group=${fleet.groupId}`);
  await page.getByTestId('view-fleet').click();
  await page.getByTestId('fleet-table').waitFor();
  assert.equal(asked, 1);
  assert.match(await page.getByTestId('fleet-all').innerText(), /^1000\s/);
  assert.match(await page.getByTestId('fleet-faulted').innerText(), /^99\s/);
  assert.match(await page.getByTestId('fleet-connected').innerText(), /^0\s/);
  const rows = page.locator('[data-testid^="fleet-row-"]');
  assert.ok((await rows.count()) < 40, 'only what is on screen is drawn');
  assert.ok(await rows.first().locator('svg path').count(), 'with its sparkline');

  await page.getByTestId('sort-name').click();
  await rows.first().filter({ hasText: 'Unit 1000' }).waitFor();
  await page.getByTestId('sort-value').click();
  assert.equal(await page.locator('th[aria-sort="descending"]').innerText(), 'RPM\n▼');
  await page.getByTestId('sort-name').click();
  await rows.first().filter({ hasText: 'Unit 1' }).waitFor();

  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await rows.first().locator('a').focus();
  await page.keyboard.press('End');
  await eventually('the last one has the focus', async () => (await focused()).startsWith('Unit 1000'));
  assert.ok((await rows.count()) < 40);
  await page.keyboard.press('ArrowUp');
  await eventually('and the one above it', async () => (await focused()).startsWith('Unit 999'));

  // Scrolling: no task on the page holds a frame for long, on a machine that does other things too.
  const slowest = await page.evaluate(async () => {
    const box = document.querySelector('[data-testid="fleet-scroll"]');
    const took = [];
    for (let step = 0; step < 60; step += 1) {
      const began = performance.now();
      box.scrollTop = (step * 997) % (box.scrollHeight - box.clientHeight);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      took.push(performance.now() - began);
    }
    return took.sort((one, other) => one - other)[Math.floor(took.length * 0.9)];
  });
  assert.ok(slowest < 200, `nine in ten steps of scrolling took up to ${slowest} ms`);

  await page.getByTestId('fleet-faulted').click();
  await eventually('only the faulted are shown', async () => (await page.getByTestId('fleet-table').getAttribute('aria-rowcount')) === '100');
  await page.getByTestId('device-search').fill(fleet.serials[9]);
  await rows.filter({ hasText: 'Unit 10' }).waitFor();
  await page.getByTestId('fleet-attribute').selectOption('fuel_level');
  await rows.first().filter({ hasText: '–' }).waitFor();
  await rows.first().locator('a').click();
  await page.getByTestId('dashboard').waitFor();
  assert.equal((await send('GET', `/api/fleet?group=${fleet.groupId}`, { cookie: await cookieOf(tekton.admin) })).status, 404);
});
