// SPDX-License-Identifier: Apache-2.0
// The main job while containers die and come back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { as, cookieOf, handOver, makeDevice, send } from '../../e2e/harness/api.mjs';
import { sadler } from '../../e2e/harness/demo.mjs';
import { sql } from '../../e2e/harness/database.mjs';
import { driver, kill, restarted } from '../../e2e/harness/driver.mjs';
import { eventually } from '../../e2e/harness/eventually.mjs';
import { Firmware } from '../../e2e/harness/firmware.mjs';

const kBackS = 120;

const healthy = (service) => eventually(`${service} is healthy`, async () => {
  const states = await Promise.all((await driver.idsOf(service)).map((id) => driver.inspect(id, '{{.State.Health.Status}}')));
  return states.length > 0 && states.every((each) => each === 'healthy');
}, { seconds: kBackS });

/** A request that is repeated while parts of the system come back. */
const patiently = (what, ask) => eventually(what, async () => (await ask()) ?? true, { seconds: kBackS });

let firmware;
let device;
before(async () => {
  device = await makeDevice();
  firmware = await new Firmware(device).connected();
  await handOver(sadler.technician, device, firmware, 'In a container');
});
after(() => firmware.close());

for (const service of ['experience-gateway', 'provisioning', 'telemetry-ingest', 'registry', 'broker', 'database', 'proxy', 'simulator']) {
  test(`S22 after kill -9 of ${service} it is back by itself, and a press proves presence`, { timeout: 300_000 }, async () => {
    const killed = await kill(service);
    await restarted(killed);
    await healthy(service);
    const opened = await patiently('a window opens', () => as(sadler.technician, 'POST', '/api/provisionings', { serial: device.serial }));
    await firmware.close();
    firmware = await new Firmware(device).connected({ seconds: kBackS });
    await eventually('the press proves', async () => {
      firmware.press();
      return (await as(sadler.technician, 'GET', `/api/provisionings/${opened.id}`)).state === 'proven';
    }, { seconds: kBackS });
    assert.equal((await send('DELETE', `/api/provisionings/${opened.id}`, { cookie: await cookieOf(sadler.technician) })).status, 204);
  });
}

/** What must be the same after every container is gone and made anew. Devices that report go on: at least as much. */
const kept = async () => ({
  devices: await sql('select count(*) from registry.devices'),
  users: await sql('select count(*) from registry.users'),
  owned: await sql(`select group_id from registry.devices where serial = '${device.serial}'`),
  ledger: (await sql('select seq, encode(hash, $$hex$$) from registry.ledger_head')).split('|'),
  samples: Number(await sql('select count(*) from telemetry.samples')),
});

test('down and up keep devices, the ledger and what was reported', { timeout: 600_000 }, async () => {
  firmware.report({ rpm: 1717.5 });
  await eventually('the report is stored', async () => (await as(sadler.technician, 'GET', `/api/devices/${device.serial}`)).latest.rpm?.value === 1717.5);
  const before_ = await kept();
  await firmware.close();
  await driver.compose('down');
  await driver.compose('up', '-d');
  for (const service of ['proxy', 'telemetry-ingest', 'registry', 'provisioning']) await healthy(service);
  const now = await kept();
  assert.ok(now.samples >= before_.samples, `${before_.samples} samples before, ${now.samples} now`);
  assert.equal(await sql(`select encode(hash, $$hex$$) from registry.ledger where seq = ${before_.ledger[0]}`), before_.ledger[1], 'the ledger goes on where it was');
  for (const what of ['devices', 'users', 'owned']) assert.equal(now[what], before_[what], what);
  assert.equal((await as(sadler.technician, 'GET', `/api/devices/${device.serial}`)).latest.rpm.value, 1717.5);
  firmware = await new Firmware(device).connected();
});
