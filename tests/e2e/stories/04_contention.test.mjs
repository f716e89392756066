// SPDX-License-Identifier: Apache-2.0
// Two people, one device: a press proves a hand, the number of presses proves whose (checklist S7, S9).
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, leafOf, makeRecipe, send } from '../harness/api.mjs';
import { sadler, tekton, user } from '../harness/demo.mjs';
import { fillForm, inState, openWindow, requiredPresses, typeSerial } from '../harness/pages.mjs';
import { eventually } from '../harness/eventually.mjs';

const stateOf = (page) => page.getByTestId('provisioning').getAttribute('data-state');

story('of two technicians of different tenants only the one whose number is pressed gets the device', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const tom = await tale.phone(sadler.technician);
  await openWindow(tom, device.serial);
  const tilda = await tale.phone(tekton.technician);
  const tildasId = await openWindow(tilda, device.serial);
  for (const phone of [tom, tilda]) await phone.getByTestId('contested').waitFor();
  const [tomsCount, tildasCount] = [await requiredPresses(tom), await requiredPresses(tilda)];
  assert.notEqual(tomsCount, tildasCount);
  assert.match(await tom.getByTestId('contested').innerText(), new RegExp(`exactly ${tomsCount} times`));
  assert.match(await tilda.getByTestId('contested').innerText(), new RegExp(`exactly ${tildasCount} times`));
  assert.equal(await tom.getByRole('heading', { level: 1 }).innerText(), `Press the button ${tomsCount} times`);

  firmware.press(tomsCount);
  await inState(tom, 'proven');
  assert.equal(await stateOf(tilda), 'waiting', 'the other is not proven by it');

  const third = await tale.phone(user('kanarra', 'technician'));
  await typeSerial(third, device.serial);
  await third.getByTestId('open-error').filter({ hasText: 'busy' }).waitFor();

  await fillForm(tom, { name: 'Contested generator' });
  const leaf = await leafOf(tekton.technician);
  const stolen = await send('POST', `/api/provisionings/${tildasId}/completion`, {
    cookie: await cookieOf(tekton.technician), body: { name: 'Stolen', groupId: leaf.id, model: 'kd-60' },
  });
  assert.deepEqual([stolen.status, stolen.json.code], [409, 'presence_not_proven']);
  await tom.getByTestId('form-submit').click();
  await tom.getByTestId('success').waitFor();

  await tilda.locator('[data-testid="ended"][data-state="superseded"]').waitFor({ timeout: 5000 });
  const words = await tilda.getByTestId('ended').innerText();
  assert.match(words, /someone else|another person/i);
  assert.doesNotMatch(words, /Tom|Sadler|_by_other|newer window/i, 'neither who, nor codes, nor a wrong reason');
  assert.equal((await send('GET', `/api/devices/${device.serial}`, { cookie: await cookieOf(tekton.technician) })).status, 404);
  const life = await send('GET', `/api/devices/${device.serial}/ledger`, { cookie: await cookieOf(sadler.technician) });
  assert.ok(life.json.items.some((line) => line.act === 'device.assigned'));
  assert.doesNotMatch(life.text, /Tilda|Roth|tekton/i, 'the ledger names nobody of another tenant');
});

story('when the other person stops the page says so, and the number stays and still proves', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const tom = await tale.phone(sadler.technician);
  await openWindow(tom, device.serial);
  const tilda = await tale.phone(tekton.technician);
  await openWindow(tilda, device.serial);
  await tom.getByTestId('contested').waitFor();
  const count = await requiredPresses(tom);
  await tilda.getByTestId('cancel').click();
  await tilda.getByTestId('ended').waitFor();
  await tom.getByTestId('alone-again').filter({ hasText: `exactly ${count} times` }).waitFor();
  assert.equal(await tom.getByTestId('contested').count(), 0);
  assert.equal(await requiredPresses(tom), count);
  assert.match(await tom.getByTestId('spoken').innerText(), /other person has stopped/);
  firmware.press(count);
  await inState(tom, 'proven');
});

story('a wrong number of presses is named, and the right one afterwards still counts', async (tale) => {
  const device = await tale.device(await makeRecipe('Pattern', { presencePolicy: 'pattern', burstPause_ms: 1000 }));
  const firmware = await tale.firmware(device);
  const page = await tale.phone(sadler.technician);
  await openWindow(page, device.serial);
  const count = await requiredPresses(page);
  firmware.press(count - 1);
  await page.getByTestId('wrong-pattern').waitFor();
  assert.match(await page.getByTestId('wrong-pattern').innerText(), new RegExp(`exactly ${count} times`));
  assert.equal(await stateOf(page), 'waiting');
  firmware.press(count);
  await inState(page, 'proven');
});

story('too many wrong numbers lock, with a reason in words and a time', async (tale) => {
  const device = await tale.device(await makeRecipe('Pattern lock', { presencePolicy: 'pattern', burstPause_ms: 500 }));
  const firmware = await tale.firmware(device);
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, device.serial);
  let version = 0;
  for (let round = 1; round <= 5; round += 1) {
    firmware.press(1);
    version = await eventually(`wrong pattern ${round} is judged`, async () => {
      const now = await as(sadler.technician, 'GET', `/api/provisionings/${id}`);
      return now.version > version && /wrong_pattern/.test(now.reason) ? now.version : null;
    });
    if (round === 1) await page.getByTestId('wrong-pattern').waitFor();
  }
  await page.locator('[data-testid="ended"][data-state="locked"]').waitFor();
  assert.doesNotMatch(await page.getByTestId('ended').innerText(), /too_many|undefined/);
  await page.getByTestId('start-again').click();
  await page.getByTestId('open-error').waitFor();
  assert.match(await page.getByTestId('provisioning-start').innerText(), /Try again in .*(min|s)/);
  assert.ok(await page.getByTestId('provisioning-start').isDisabled());
});
