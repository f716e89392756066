// SPDX-License-Identifier: Apache-2.0
// Two of each service behind the same names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { as, cookieOf, handOver, makeDevice, send } from '../../e2e/harness/api.mjs';
import { sadler } from '../../e2e/harness/demo.mjs';
import { driver } from '../../e2e/harness/driver.mjs';
import { eventually } from '../../e2e/harness/eventually.mjs';
import { Firmware } from '../../e2e/harness/firmware.mjs';

const kServices = ['registry', 'provisioning', 'experience-gateway'];
const scaled = (count) => driver.compose('scale', '--no-deps', ...kServices.map((name) => `${name}=${count}`));
const answersOf = async (id) => {
  const text = await driver.engine('exec', id, 'bash', '-c', "exec 3<>/dev/tcp/127.0.0.1/9000; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3");
  return [...text.matchAll(/^turnkey_http_seconds_count\{[^}]*\} (\d+)/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
};

test('two of registry, provisioning and gateway share the work, and one that is killed is not missed', { timeout: 600_000 }, async () => {
  await scaled(2);
  try {
    for (const name of kServices)
      await eventually(`two of ${name} are healthy`, async () => {
        const states = await Promise.all((await driver.idsOf(name)).map((id) => driver.inspect(id, '{{.State.Health.Status}}')));
        return states.length === 2 && states.every((each) => each === 'healthy');
      }, { seconds: 120 });
    const gateways = await driver.idsOf('experience-gateway');
    const before = await Promise.all(gateways.map(answersOf));
    await eventually('both gateways are asked', async () => {
      assert.equal((await send('GET', '/api/session', { cookie: await cookieOf(sadler.technician) })).status, 200);
      const now = await Promise.all(gateways.map(answersOf));
      return now.every((count, at) => count > before[at]);
    }, { seconds: 30 });
    for (let round = 0; round < 3; round += 1) {
      const device = await makeDevice();
      const firmware = await new Firmware(device).connected({ seconds: 30 });
      await handOver(sadler.technician, device, firmware, `Round ${round}`);
      await firmware.close();
    }
    process.kill(Number(await driver.inspect(gateways[0], '{{.State.Pid}}')), 'SIGKILL');
    for (let asked = 0; asked < 40; asked += 1) {
      const answer = await send('GET', '/api/session', { cookie: await cookieOf(sadler.technician) });
      assert.equal(answer.status, 200, `request ${asked} after the kill: ${answer.text}`);
    }
    assert.equal((await as(sadler.technician, 'GET', '/api/groups')).items.length, 1);
  } finally {
    await scaled(1);
  }
});
