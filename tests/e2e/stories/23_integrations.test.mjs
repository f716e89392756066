// SPDX-License-Identifier: Apache-2.0
// Another system: made on the page, it hears of its tenant's devices on its topic, and of nobody else's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { story } from '../harness/story.mjs';
import { as, handOver, makeDevice } from '../harness/api.mjs';
import { demo, operator, sadler, tekton } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { Firmware } from '../harness/firmware.mjs';

/** mosquitto_sub as docs/integrations.md has it; `events` are those that came. */
class Subscriber {
  events = [];
  #child;
  #rest = '';

  constructor({ client, user, password, topic }) {
    const tls = demo.mqtt.cafile === undefined ? [] : ['--cafile', demo.mqtt.cafile];
    this.#child = spawn('mosquitto_sub', ['-h', demo.mqtt.host, '-p', String(demo.mqtt.port), ...tls, '-V', '5', '-c', '-x', '86400', '-q', '1', '-i', client, '-u', user, '-P', password, '-t', topic]);
    this.#child.stdout.on('data', (text) => {
      const lines = `${this.#rest}${text}`.split('\n');
      this.#rest = lines.pop();
      this.events.push(...lines.map((line) => JSON.parse(line)));
    });
  }

  typesOf(serial) {
    return this.events.filter((event) => event.device.serial === serial).map((event) => event.type);
  }

  close() {
    this.#child.kill('SIGKILL');
  }
}

async function made(page, name) {
  await page.goto('/admin/integrations');
  await page.getByTestId('integration-new').click();
  await page.getByTestId('integration-name').fill(name);
  for (const type of ['device.connected', 'device.disconnected']) await page.getByTestId(`event-${type}`).check();
  await page.locator('[data-testid="integration-dialog"] input[type="radio"]').first().check();
  await page.getByTestId('integration-make').click();
  const shown = (id) => page.getByTestId(`integration-${id}`).innerText();
  const secrets = { client: await shown('client'), user: await shown('user'), password: await shown('password'), topic: await shown('topic') };
  await page.getByTestId('integration-done').click();
  await page.getByTestId('integration-list').filter({ hasText: name }).waitFor();
  return secrets;
}

story('what is wrong with a long form is in sight on a phone, wherever the form was scrolled to', async (tale) => {
  const page = await tale.phone(sadler.admin);
  await page.goto('/admin/integrations');
  await page.getByTestId('integration-new').click();
  await page.getByTestId('integration-url').fill('hooks.example');
  await page.getByTestId('integration-make').click();
  const wrong = page.locator('#integration-name-words .field-error');
  await wrong.waitFor();
  await eventually('it is in sight', () => wrong.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  }));
});

story('an admin makes an integration, and it hears of the tenant’s devices and of no others', async (tale) => {
  const page = await tale.desk(sadler.admin);
  const name = `Maintenance ${Date.now().toString(36)}`;
  const subscriber = new Subscriber(await made(page, name));
  const [ours, theirs] = [await makeDevice(), await makeDevice()];
  const firmware = [new Firmware(ours), new Firmware(theirs)];
  try {
    await Promise.all(firmware.map((each) => each.connected()));
    await handOver(sadler.technician, ours, firmware[0], 'Ours');
    await handOver(tekton.technician, theirs, firmware[1], 'Theirs');
    await eventually('the hand-over is heard', () => subscriber.typesOf(ours.serial).includes('device.provisioned'));
    await firmware[0].close();
    await eventually('that it went is heard', () => subscriber.typesOf(ours.serial).includes('device.disconnected'));
    await as(operator, 'POST', `/api/devices/${ours.serial}/release`, {});
    await eventually('the release is heard', () => subscriber.typesOf(ours.serial).includes('device.released'));
    assert.deepEqual(subscriber.typesOf(ours.serial), ['device.provisioned', 'device.disconnected', 'device.released']);
    assert.equal(subscriber.events.find((event) => event.type === 'device.released').device.name, 'Ours');
    assert.deepEqual(subscriber.typesOf(theirs.serial), []);
  } finally {
    subscriber.close();
    await Promise.all(firmware.map((each) => each.close()));
  }
  await page.getByTestId(`integration-delete-${name}`).click();
  await page.getByTestId('confirm-yes').click();
  await page.getByTestId(`integration-delete-${name}`).waitFor({ state: 'detached' });
});
