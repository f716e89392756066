// SPDX-License-Identifier: Apache-2.0
// The story that must always work: scan, press, assign, operate; by camera and by hand.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as } from '../harness/api.mjs';
import { sadler, waitingDevices } from '../harness/demo.mjs';
import { driver } from '../harness/driver.mjs';
import { fillForm, inState, secondsOnClock, signInByHand, valueBecomes, valueOf } from '../harness/pages.mjs';
import { eventually } from '../harness/eventually.mjs';

async function finish(page, serial, name) {
  await fillForm(page, { name, group: 'Lindgren Hospital', model: 'kd-150' });
  await page.getByTestId('form-submit').click();
  await page.getByTestId('success').waitFor();
  await page.getByTestId('success-place').filter({ hasText: /Lindgren Hospital\s*Kanarra KD-150/ }).waitFor();
  await page.getByTestId('success-dashboard-link').click();
  await page.getByTestId('dashboard').waitFor();
  assert.equal(new URL(page.url()).pathname, `/devices/${serial}`);
  assert.equal(await page.getByTestId('dashboard-serial').innerText(), serial);
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), name);
}

story('a technician scans the label with a phone, presses the button, fills the form and operates the device', async (tale) => {
  const { serial } = waitingDevices[0];
  const page = await tale.phoneSeeing(serial);
  await signInByHand(page, sadler.technician);
  await page.getByTestId('device-list').waitFor();
  await page.getByTestId('nav-register').filter({ hasText: 'Register device' }).click();

  await inState(page, 'waiting', { seconds: 30 });
  assert.equal(new URL(page.url()).pathname, `/register/${serial}`, 'the scanned serial is in the address');
  assert.ok((await secondsOnClock(page)) > 280, 'the window lasts five minutes');
  await driver.press(serial);
  await inState(page, 'proven', { seconds: 5 });
  await finish(page, serial, 'Roof generator, east');

  await eventually('the device is shown as connected', async () => (await page.getByTestId('dashboard-connected').getAttribute('data-connected')) === 'true');
  const first = (await valueBecomes(page, 'battery_voltage', () => true)).value;
  await valueBecomes(page, 'battery_voltage', (value) => value !== first, { seconds: 30 });

  await page.getByTestId('ledger').locator('summary').click();
  const life = page.getByTestId('ledger').locator('li');
  await life.first().waitFor();
  const lines = await life.allInnerTexts();
  assert.ok(lines.some((line) => /handed over|assigned/i.test(line) && line.includes('Tom Isberg')), `the ledger tells of the hand-over: ${JSON.stringify(lines)}`);
});

story('a serial typed in lower case with blanks leads to the same end', async (tale) => {
  const { serial } = waitingDevices[1];
  const page = await tale.phone(sadler.technician);
  await page.goto('/register');
  await page.getByTestId('serial-input').fill(` ${serial.toLowerCase().replaceAll('-', ' ')} `);
  await page.getByTestId('serial-submit').click();
  await inState(page, 'waiting');
  assert.equal(new URL(page.url()).pathname, `/register/${serial}`);
  await driver.press(serial);
  await inState(page, 'proven', { seconds: 5 });
  await finish(page, serial, 'Typed generator');
  assert.notEqual(await valueOf(page, 'fuel_level'), undefined);
});

story('the next device of a round begins with the group and the model of the one before, and the round is counted', async (tale) => {
  const page = await tale.phone(sadler.technician);
  for (const [round, name] of ['First of a round', 'Second of a round'].entries()) {
    const device = await tale.device();
    const firmware = await tale.firmware(device);
    if (round === 0) await page.goto('/register');
    else await page.getByTestId('success-next').click();
    await page.getByTestId('serial-input').fill(device.serial);
    await page.getByTestId('serial-submit').click();
    await inState(page, 'waiting');
    firmware.press();
    await inState(page, 'proven');
    if (round === 0) await fillForm(page, { name, group: 'Lindgren Hospital', model: 'kd-150' });
    else {
      await page.getByTestId('form-kept').waitFor();
      assert.equal(await page.getByTestId('form-name').inputValue(), '');
      await page.getByTestId('form-name').fill(name);
    }
    await page.getByTestId('form-submit').click();
    await page.getByTestId('success').filter({ hasText: name }).waitFor();
    if (round === 0) continue;
    await page.getByTestId('round').getByText('2 devices handed over').click();
    assert.match(await page.getByTestId('round').innerText(), /Second of a round[^]*First of a round/);
    const made = await as(sadler.technician, 'GET', `/api/devices/${device.serial}`);
    assert.equal(made.model, 'kd-150');
    await page.reload();
    await page.getByTestId('success').filter({ hasText: name }).waitFor();
  }
});

story('a mistyped serial is named as such before any lookup, and the right one is suggested, never taken', async (tale) => {
  const { serial } = waitingDevices[2];
  const wrong = serial.slice(0, 5) + (serial[5] === '7' ? '8' : '7') + serial.slice(6);
  const page = await tale.phone(sadler.technician);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto('/register');
  await page.getByTestId('serial-input').fill(wrong);
  await page.getByTestId('serial-submit').click();
  await page.getByTestId('serial-error').filter({ hasText: 'A character is wrong' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/register', 'nothing was started');
  assert.deepEqual(asked.filter((each) => each.includes(wrong) || each.includes('/api/provisionings')), [], 'nobody was asked');
  await page.getByTestId('serial-suggestion').click();
  assert.equal(await page.getByTestId('serial-input').inputValue(), serial);
  assert.equal(new URL(page.url()).pathname, '/register', 'the suggestion is only typed in');

  await page.goto(`/register/${wrong}`);
  await page.getByTestId('misread').waitFor();
  assert.equal(await page.getByTestId('provisioning-start').count(), 0);
});

story('a code that is no label of ours starts nothing, and neither does a label of another host', async (tale) => {
  const { serial } = waitingDevices[2];
  const page = await tale.phoneSeeing(serial, sadler.technician, `https://evil.example/d/${serial}`);
  await page.goto('/register');
  await page.getByTestId('scan-hint').filter({ hasText: 'not a label of this system' }).waitFor({ timeout: 30_000 });
  assert.equal(new URL(page.url()).pathname, '/register');
});

story('the camera app of the phone leads by the link on the label through the sign-in to the start', async (tale) => {
  const { serial } = waitingDevices[2];
  const page = await tale.phone(null);
  await signInByHand(page, sadler.technician, `/D/${serial}`);
  await page.getByTestId('provisioning-start').waitFor();
  assert.equal(await page.getByTestId('provisioning-serial').innerText(), serial);
  assert.equal(await page.getByTestId('provisioning').count(), 0, 'a link alone opens no window');
});
