// SPDX-License-Identifier: Apache-2.0
// The database is away while somebody looks: what was fetched stays, live values go on, the page says what it cannot know, and
// afterwards nothing is missing.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, handOver } from '../harness/api.mjs';
import { sadler } from '../harness/demo.mjs';
import { driver } from '../harness/driver.mjs';
import { eventually } from '../harness/eventually.mjs';

story('S22 a dashboard goes on live while the database is away, says that its history cannot be read, and catches up', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Away generator');
  const page = await tale.desk(sadler.viewer);
  await page.goto(`/devices/${device.serial}`);
  firmware.report({ rpm: 1101 });
  const value = page.getByTestId('value-rpm');
  await value.filter({ hasText: '1,101' }).waitFor();
  await page.getByTestId('chart-rpm').locator('canvas').waitFor();
  assert.equal(await page.getByTestId('history-problem').count(), 0);
  let sent = 1;
  await driver.stop('postgres');
  try {
    await page.getByTestId('range-24h').click();
    await page.getByTestId('history-problem').filter({ hasText: /cannot be read now/ }).waitFor({ timeout: 60_000 });
    for (const rpm of [1202, 1303]) {
      firmware.report({ rpm });
      sent += 1;
      await value.filter({ hasText: rpm.toLocaleString('en') }).waitFor();
    }
  } finally {
    await driver.start('postgres');
  }
  await page.getByTestId('history-problem').waitFor({ state: 'detached', timeout: 60_000 });
  await eventually('every report is in the history', async () => {
    const { attributes, behindSeconds } = await as(sadler.viewer, 'GET', `/api/devices/${device.serial}/telemetry?attributes=rpm`);
    const count = attributes.rpm.points.reduce((sum, point) => sum + point[4], 0);
    assert.equal(count, sent);
    return behindSeconds < 10;
  }, { seconds: 60 });
});
