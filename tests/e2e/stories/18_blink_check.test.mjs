// SPDX-License-Identifier: Apache-2.0
// Devices with a light: who has pressed says how often it blinks, which only who looks at this device can (checklist S9).
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, leafOf, makeRecipe, send } from '../harness/api.mjs';
import { sadler, tekton, user } from '../harness/demo.mjs';
import { fillForm, inState, openWindow, requiredPresses, typeSerial } from '../harness/pages.mjs';
import { eventually } from '../harness/eventually.mjs';

const deviceWithLight = async (tale) => tale.device(await makeRecipe('Light', { blinkCheck: true, burstPause_ms: 500 }));
/** Somebody has pressed: the light blinks, and their page asks how often. */
const askedToCount = async (tale, page) => {
  const device = await deviceWithLight(tale);
  const unit = await tale.unit(device);
  const id = await openWindow(page, device.serial);
  await unit.press();
  await page.getByTestId('blinking').waitFor();
  return { device, unit, id };
};
const answer = (page, count) => page.getByTestId(`blink-${count}`).click();
const blinkAgain = (page) => page.locator('[data-testid="blink-again"][aria-disabled="false"]').click();
const another = (count) => (count === 2 ? 3 : 2);
/** After a wrong answer: the page leads back to the press, and says how many tries are left. */
const missed = async (page, words) => {
  await page.getByTestId('wrong-blinks').filter({ hasText: words }).waitFor();
  assert.equal(await page.getByTestId('blinking').count(), 0, 'nothing to guess at without a press');
};
const tries = (page, words) => page.getByTestId('blink-tries').filter({ hasText: words }).waitFor();

story('a press alone hands nothing over: the technician counts the light, and the right number proves it', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const { device, unit, id } = await askedToCount(tale, page);
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'How often does the light blink?');
  const first = await unit.count();
  assert.ok(first >= 2 && first <= 5);
  await eventually('whoever watches the terminal counts the same', () => unit.flashes === first, { seconds: 30 });

  const leaf = await leafOf(sadler.technician);
  const early = await send('POST', `/api/provisionings/${id}/completion`, {
    cookie: await cookieOf(sadler.technician), body: { name: 'Too early', groupId: leaf.id, model: 'kd-60' },
  });
  assert.deepEqual([early.status, early.json.code], [409, 'presence_not_proven']);

  await eventually('the light is dark again', async () => !(await unit.blinks()), { seconds: 30 });
  await answer(page, another(first));
  await missed(page, 'That was not how often the light blinked. Press the button again, then count. 4 tries are left.');
  await page.getByTestId('spoken').filter({ hasText: 'Press the button again' }).waitFor({ state: 'attached' });
  const guess = await send('POST', `/api/provisionings/${id}/blinks`, { cookie: await cookieOf(sadler.technician), body: { count: first, tries: 4 } });
  assert.deepEqual([guess.status, guess.json.code], [409, 'presence_not_proven']);
  assert.equal(await unit.blinks(), false, 'it does not blink before it is pressed');
  await unit.press();
  await tries(page, '4 tries are left');
  const second = await unit.count();
  await blinkAgain(page);
  assert.equal(await unit.count(), second, 'asked for again it is the same');

  await answer(page, second);
  await inState(page, 'proven');
  await fillForm(page, { name: 'Counted generator' });
  await page.getByTestId('form-submit').click();
  await page.getByTestId('success').waitFor();
  const life = await send('GET', `/api/devices/${device.serial}/ledger`, { cookie: await cookieOf(sadler.technician) });
  const acts = life.json.items.map((line) => line.act);
  for (const act of ['provisioning.blink_asked', 'provisioning.wrong_blinks', 'provisioning.proven']) assert.ok(acts.includes(act), act);
});

story('the number is nowhere but at the device, and only whose window it is may answer', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const { unit, id } = await askedToCount(tale, page);
  await unit.count();
  const shown = await as(sadler.technician, 'GET', `/api/provisionings/${id}`);
  assert.deepEqual(Object.keys(shown.presence.blink).sort(), ['askedAt', 'tries']);
  const answered = async (who, body) => (await send('POST', `/api/provisionings/${id}/blinks`, { cookie: await cookieOf(who), body })).status;
  assert.equal(await answered(sadler.technician, { count: 9, tries: 5 }), 422);
  assert.equal(await answered(sadler.technician, { count: 3 }), 422);
  assert.equal(await answered(tekton.technician, { count: 3, tries: 5 }), 404);
  assert.equal((await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).presence.blink.tries, 5, 'none of it counts');
});

story('the question stands after a reload and is answered by keyboard; meanwhile nobody else opens a window', async (tale) => {
  const page = await tale.desk(sadler.technician);
  const { device, unit } = await askedToCount(tale, page);
  const count = await unit.count();
  const other = await tale.phone(user('kanarra', 'technician'));
  await typeSerial(other, device.serial);
  await other.getByTestId('open-error').filter({ hasText: 'busy' }).waitFor();
  await page.reload();
  await page.getByTestId('blinking').waitFor();
  await eventually('the light is dark again', async () => !(await unit.blinks()), { seconds: 30 });
  const flashes = unit.flashes;
  assert.equal(flashes, count, 'a reload makes nothing blink');
  await page.getByRole('button', { name: `${count} times` }).focus();
  await page.keyboard.press('Enter');
  await inState(page, 'proven');
});

story('a wrong answer whose reply is lost counts once, and sent again it is no error', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const { unit, id } = await askedToCount(tale, page);
  const wrong = another(await unit.count());
  await page.route('**/blinks', async (route) => { await route.fetch(); await route.abort(); }, { times: 1 });
  await answer(page, wrong);
  await missed(page, '4 tries are left');
  const again = async () => send('POST', `/api/provisionings/${id}/blinks`, { cookie: await cookieOf(sadler.technician), body: { count: wrong, tries: 5 } });
  const waits = await again();
  assert.deepEqual([waits.status, waits.json.state, waits.json.reason], [200, 'waiting', 'wrong_blinks']);
  await unit.press();
  await tries(page, '4 tries are left');
  assert.equal((await again()).json.presence.blink.tries, 4);
  await answer(page, await unit.count());
  await inState(page, 'proven');
});

story('who guesses is locked at the fifth wrong number, with a reason in words; to begin anew is no way round', async (tale) => {
  const device = await deviceWithLight(tale);
  const unit = await tale.unit(device);
  const page = await tale.phone(sadler.technician);
  await openWindow(page, device.serial);
  await unit.press();
  for (let left = 4; left >= 1; left -= 1) {
    await answer(page, another(await unit.count()));
    await missed(page, left === 1 ? 'last try' : `${left} tries`);
    if (left > 1) await unit.press();
  }
  await page.getByTestId('cancel').click();
  await page.locator('[data-testid="ended"][data-state="cancelled"]').waitFor();
  await page.getByTestId('start-again').click();
  await inState(page, 'waiting');
  await unit.press();
  await tries(page, 'last try');
  await answer(page, another(await unit.count()));
  await page.locator('[data-testid="ended"][data-state="locked"]').waitFor();
  const words = await page.getByTestId('ended').innerText();
  assert.match(words, /number of blinks/);
  assert.doesNotMatch(words, /too_many|undefined/);
  await page.getByTestId('start-again').click();
  await page.getByTestId('open-error').waitFor();
  assert.match(await page.getByTestId('provisioning-start').innerText(), /Try again in .*(min|s)/);
  assert.ok(await page.getByTestId('provisioning-start').isDisabled());
});

story('a device that has gone is said to be away, and blinks when it is back and asked again', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const { device, unit } = await askedToCount(tale, page);
  await unit.close();
  await page.getByTestId('blink-away').filter({ hasText: 'not connected' }).waitFor({ timeout: 30_000 });
  const again = await tale.unit(device);
  await blinkAgain(page);
  await answer(page, await again.count());
  await inState(page, 'proven');
});

story('two at one device: the number of presses is one screen’s, and the light is counted by that one', async (tale) => {
  const device = await deviceWithLight(tale);
  const unit = await tale.unit(device);
  const tom = await tale.phone(sadler.technician);
  await openWindow(tom, device.serial);
  const tilda = await tale.phone(tekton.technician);
  await openWindow(tilda, device.serial);
  await tom.getByTestId('contested').waitFor();
  await unit.press(await requiredPresses(tom));
  await tom.getByTestId('blinking').waitFor();
  const count = await unit.count();
  await tilda.getByTestId('identify').click();
  await tilda.getByText('Somebody counts the light').waitFor();
  await answer(tom, count);
  await inState(tom, 'proven');
  assert.equal(await tilda.getByTestId('provisioning').getAttribute('data-state'), 'waiting');
});
