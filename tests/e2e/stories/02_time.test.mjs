// SPDX-License-Identifier: Apache-2.0
// The clock: it survives a reload, it is the same in every tab, and at its end the window is over.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { makeRecipe } from '../harness/api.mjs';
import { sadler } from '../harness/demo.mjs';
import { fillForm, inState, openWindow, secondsOnClock } from '../harness/pages.mjs';
import { eventually } from '../harness/eventually.mjs';

const kShort_s = 30;

const post = (page, path, body) =>
  page.evaluate(async ([to, what]) => {
    const answer = await fetch(to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(what) });
    return { status: answer.status, ...(await answer.json()) };
  }, [path, body]);

story('a window that runs out says so by itself, refuses to complete, and can be started again', async (tale) => {
  const device = await tale.device(await makeRecipe('Short window', { window_s: kShort_s }));
  const firmware = await tale.firmware(device);
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, device.serial);
  firmware.press();
  await inState(page, 'proven');
  await fillForm(page, { name: 'Too late' });
  const groupId = await page.getByTestId('form-group').inputValue();

  await page.locator('[data-testid="ended"][data-state="expired"]').waitFor({ timeout: (kShort_s + 10) * 1000 });
  const words = await page.getByTestId('ended').innerText();
  assert.match(words, /The time is up/);
  assert.doesNotMatch(words, /time_up|undefined|null/, 'people read words, not codes');
  const late = await post(page, `/api/provisionings/${id}/completion`, { name: 'Too late', groupId, model: 'kd-60' });
  assert.deepEqual([late.status, late.code], [409, 'window_closed']);

  await page.getByTestId('start-again').click();
  await inState(page, 'waiting');
  assert.notEqual(new URL(page.url()).searchParams.get('p'), id, 'it is a new window');
  assert.ok((await secondsOnClock(page)) > kShort_s - 6, 'with all of its time');
});

story('the clock goes on over a reload, and a second tab shows the same one', async (tale) => {
  const device = await tale.device();
  const page = await tale.phone(sadler.technician);
  const id = await openWindow(page, device.serial);
  const end = async (tab) => Date.now() + (await secondsOnClock(tab)) * 1000;
  const before = await end(page);
  await eventually('some seconds have gone', async () => (await secondsOnClock(page)) <= 296);
  await page.reload();
  await inState(page, 'waiting');
  assert.equal(new URL(page.url()).searchParams.get('p'), id);
  assert.ok(Math.abs((await end(page)) - before) < 2000, 'the window ends when it did before the reload');

  const second = await page.context().newPage();
  await second.goto(page.url());
  await inState(second, 'waiting');
  assert.ok(Math.abs((await end(second)) - (await end(page))) < 2000);
});

story('opening the same device again in another tab ends the first window, which says why', async (tale) => {
  const device = await tale.device();
  const page = await tale.phone(sadler.technician);
  await openWindow(page, device.serial);
  const second = await page.context().newPage();
  await openWindow(second, device.serial);
  await page.locator('[data-testid="ended"][data-state="superseded"]').waitFor();
  assert.match(await page.getByTestId('ended').innerText(), /newer window/);
  await inState(second, 'waiting');
});
