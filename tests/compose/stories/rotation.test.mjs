// SPDX-License-Identifier: Apache-2.0
// Every secret of the containers is another one afterwards, and nobody was refused meanwhile.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { as, cookieOf, handOver, makeDevice } from '../../e2e/harness/api.mjs';
import { data, sadler } from '../../e2e/harness/demo.mjs';
import { driver } from '../../e2e/harness/driver.mjs';
import { eventually } from '../../e2e/harness/eventually.mjs';
import { Firmware } from '../../e2e/harness/firmware.mjs';
import { Stream, asks } from '../../rotation/load.mjs';

const { clone } = JSON.parse(readFileSync(join(data, 'compose.json'), 'utf8'));
const rotate = (...words) => promisify(execFile)(join(clone, 'deploy/rotate-secrets'), ['--compose', ...words], { env: { ...process.env, PATH: `${join(data, 'path')}:${process.env.PATH}` } });
const held = (service, ...files) => driver.compose('exec', '-T', service, 'cat', ...files);
const kHeld = { registry: ['/secrets/mqtt-password', '/secrets/database-password', '/secrets/registry-seal'], provisioning: ['/secrets/mqtt-password'], 'telemetry-ingest': ['/secrets/database-password'], 'experience-gateway': ['/secrets/mqtt-password'], proxy: ['/secrets/server.key'], broker: ['/secrets/broker-database', '/secrets/inner.key'], database: ['/secrets/database-admin', '/secrets/inner.key'] };
const allHeld = () => Promise.all(Object.entries(kHeld).map(([service, files]) => held(service, ...files)));

test('all secrets are rotated under load, and programs that start afterwards get along', { timeout: 600_000 }, async () => {
  const device = await makeDevice();
  const firmware = await new Firmware(device).connected();
  await handOver(sadler.technician, device, firmware, 'With new secrets');
  const cookie = await cookieOf(sadler.technician);
  const before = await allHeld();

  const looking = asks('somebody looks at a device', 200, 'GET', `/api/devices/${device.serial}`, { cookie });
  const signing = asks('somebody signs in', 2000, 'POST', '/api/session', { body: { email: sadler.viewer.email, password: sadler.viewer.password } });
  const stream = new Stream(`/api/devices/${device.serial}/events`, cookie);
  try {
    await rotate('all');
  } finally {
    looking.end();
    signing.end();
  }
  await looking.stop();
  await signing.stop();
  assert.equal(stream.ended, undefined, 'the stream stays open');
  stream.end();

  const after = await allHeld();
  for (const [i, service] of Object.keys(kHeld).entries()) {
    assert.notEqual(after[i], before[i], `${service} holds the same secrets`);
    assert.equal(after[i].trim().split('\n').length, before[i].trim().split('\n').length, `${service} holds two lines of a secret`);
  }
  const { stdout } = await rotate('list');
  assert.doesNotMatch(stdout, /not finished/);

  firmware.report({ rpm: 1234.5 });
  await eventually('a report over the connection of before is stored', async () => (await as(sadler.technician, 'GET', `/api/devices/${device.serial}`)).latest.rpm?.value === 1234.5);
  await firmware.close();

  const services = ['registry', 'provisioning', 'telemetry-ingest', 'experience-gateway', 'broker', 'database'];
  await driver.compose('restart', ...services);
  await eventually('everything is healthy again', async () => {
    const states = await Promise.all(services.map(async (name) => driver.inspect((await driver.idsOf(name))[0], '{{.State.Health.Status}}')));
    return states.every((each) => each === 'healthy');
  }, { seconds: 120 });
  const again = await eventually('the device comes back', () => new Firmware(device).connected({ seconds: 60 }), { seconds: 90 });
  again.report({ rpm: 1235.5 });
  await eventually('and reports', async () => (await as(sadler.technician, 'GET', `/api/devices/${device.serial}`)).latest.rpm?.value === 1235.5, { seconds: 60 });
  await again.close();
});
