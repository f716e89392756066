// SPDX-License-Identifier: Apache-2.0
// The wrong unit is pressed: its technician is told which one it was, and nobody else is (checklist S4, S5).
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, handOver } from '../harness/api.mjs';
import { sadler, tekton } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { fillForm, inState, openWindow } from '../harness/pages.mjs';

const otherUnit = (page, serial) => page.getByTestId('other-unit').filter({ hasText: `That press came from ${serial}, not from this unit.` });

story('who presses another unit is told which one, switches to it, presses again and hands it over', async (tale) => {
  const [wanted, pressed] = [await tale.device(), await tale.device()];
  const firmware = await tale.firmware(pressed);
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, wanted.serial);
  firmware.press();
  await otherUnit(page, pressed.serial).waitFor();
  assert.match(await page.getByTestId('spoken').innerText(), new RegExp(`came from ${pressed.serial}, not from this unit`));
  assert.equal((await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).otherPress.serial, pressed.serial);
  await page.reload();
  await otherUnit(page, pressed.serial).waitFor();

  await page.getByTestId('other-unit-switch').click();
  await page.waitForURL(new RegExp(`/register/${pressed.serial}\\?p=`));
  await inState(page, 'waiting');
  assert.equal((await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).state, 'cancelled');
  assert.equal(await page.getByTestId('other-unit').count(), 0, 'the former press is not its own, nor another unit\'s');
  firmware.press();
  await inState(page, 'proven');
  await fillForm(page, { name: 'The other generator' });
  await page.getByTestId('form-submit').click();
  await page.getByTestId('success').waitFor();
});

story('who stays is not asked again by the same press, and the right press takes the notice away', async (tale) => {
  const [wanted, pressed] = [await tale.device(), await tale.device()];
  const [right, wrong] = [await tale.firmware(wanted), await tale.firmware(pressed)];
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, wanted.serial);
  wrong.press();
  await otherUnit(page, pressed.serial).waitFor();
  await page.getByTestId('other-unit-stay').click();
  await page.getByTestId('other-unit').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'the focus is not lost with the button');
  right.press();
  await inState(page, 'proven');
  assert.equal((await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).otherPress, undefined);
});

story('a unit of another tenant is never named to a technician who waits, not by one byte', async (tale) => {
  const theirs = await tale.device();
  const firmware = await tale.firmware(theirs);
  const { deviceId } = await handOver(tekton.technician, theirs, firmware, 'Quillfeather standby');
  const [toms, tildas] = [await tale.device(), await tale.device()];
  const recorder = await tale.recorder();
  const tom = await tale.phone(sadler.technician, { recorder });
  const id = await openWindow(tom, toms.serial);
  const tilda = await tale.phone(tekton.technician);
  await openWindow(tilda, tildas.serial);
  await eventually('the technician who may have it is told', async () => {
    firmware.press();
    return (await otherUnit(tilda, theirs.serial).count()) > 0;
  });

  // What is told after it has been judged comes after it: a press of Tom's own device.
  const own = await tale.firmware(toms);
  own.press();
  await inState(tom, 'proven');
  await eventually('the recorder hears his stream', () => recorder.text.includes(toms.serial));
  assert.equal((await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).version, 2, 'opened and proven, nothing else');
  assert.deepEqual(recorder.found([theirs.serial, deviceId, 'Quillfeather', '"otherPress"']), []);
});
