// SPDX-License-Identifier: Apache-2.0
// People and tenants are erased with a proof: a dump of the whole database holds no word of theirs, and the ledger is verified.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { sql } from '../harness/database.mjs';
import { operator } from '../harness/demo.mjs';
import { driver } from '../harness/driver.mjs';
import { eventually } from '../harness/eventually.mjs';
import { send } from '../harness/api.mjs';
import { rowsOf } from '../harness/terminal.mjs';

const kConflict = 7;
const stamp = () => Date.now().toString(36);

/** One report with the device's own key; the broker learns of new keys a moment after they were made. */
async function reportOverHttp({ deviceId, accessKey, accessSecret }) {
  const headers = { Authorization: `Basic ${Buffer.from(`${accessKey}:${accessSecret}`).toString('base64')}` };
  await eventually('the report is taken', async () =>
    (await send('POST', `/api/devices/${deviceId}/state`, { origin: null, headers, body: { data: { rpm: 1500 } } })).status === 202);
}

const samplesOf = async ({ deviceId }) =>
  Number(await sql(`select count(*) from telemetry.samples where device_key = (select device_key from telemetry.devices where device_id = '${deviceId}')`));

story('a person is counted, erased and proven gone: no dump holds the address or the name', async (tale) => {
  const terminal = await tale.terminal(operator);
  const [email, name] = [`kim-${stamp()}@erasure.example`, `Kim Erasure ${stamp()}`];
  await terminal.done('users', 'invite', email, '--name', name, '--role', 'viewer', '--group', 'Sadler-Isberg', '--output', 'link.txt');
  const before = await driver.dump();
  assert.ok(before.includes(email) && before.includes(name));
  const counted = await terminal.json('users', 'erase', email);
  assert.deepEqual([counted.applied, counted.rows.registry.users], [false, 1]);
  assert.match((await terminal.done('users', 'erase', email)).out, /Nothing was erased/);
  await terminal.done('users', 'erase', email, '--apply', '--yes', '--proof', 'proof.json');
  assert.equal(terminal.modeOf('proof.json'), '600');
  const proof = JSON.parse(terminal.read('proof.json'));
  assert.equal(proof.rows.registry.users, 1);
  assert.ok(!terminal.read('proof.json').includes(email));
  const after = await driver.dump();
  assert.ok(!after.includes(email) && !after.includes(name), 'no word of theirs is left');
  await terminal.done('ledger', 'verify');
  const { items } = await terminal.json('ledger', 'show', '--act', 'user.erased', '--limit', '1');
  assert.equal(items[0].hash, proof.ledger.hash);
});

story('a tenant is erased with its sites, its people, its names in the ledger and the history of its devices', async (tale) => {
  const terminal = await tale.terminal(operator);
  const tenant = `Vanishing ${stamp()}`;
  const email = `lee-${stamp()}@vanishing.example`;
  await terminal.done('groups', 'create', tenant);
  await terminal.done('groups', 'create', `${tenant}/Quay`);
  await terminal.done('users', 'invite', email, '--name', 'Lee', '--role', 'technician', '--group', `${tenant}/Quay`, '--output', 'link.txt');
  const serial = `E2E-${stamp().toUpperCase()}`;
  terminal.write('serials.csv', `serial,group,model,name\n${serial},${tenant}/Quay,kd-60,${tenant} roof\n`);
  await terminal.done('devices', 'import', 'serials.csv', '--recipe', 'Generator gateway', '--output', 'credentials.csv', '--yes');
  const [row] = rowsOf(terminal.read('credentials.csv'));
  const device = { deviceId: row.device_id, accessKey: row.access_key, accessSecret: row.access_secret };
  await reportOverHttp(device);
  await eventually('the report is stored', async () => (await samplesOf(device)) > 0);
  const refused = await terminal.ends(kConflict, ['groups', 'erase', tenant, '--apply', '--yes', '--proof', 'proof.json']);
  assert.match(refused.err, /1 devices are in it still/);
  await terminal.done('devices', 'release', serial, '--yes', '--output', 'new.csv');
  await terminal.done('groups', 'erase', tenant, '--apply', '--yes', '--proof', 'proof.json');
  const proof = JSON.parse(terminal.read('proof.json'));
  assert.deepEqual([proof.rows.registry.groups, proof.rows.registry.users], [2, 1]);
  assert.ok(proof.rows.registry.ledger >= 2, 'the lines that named it');
  assert.ok(proof.rows.telemetry.samples > 0, 'what its device measured');
  assert.equal(await samplesOf(device), 0);
  const after = await driver.dump();
  for (const word of [tenant, email]) assert.ok(!after.includes(word), `${word} is left`);
  await terminal.done('ledger', 'verify');
  await terminal.done('ledger', 'export', '--output', 'ledger.ndjson');
  assert.ok(!terminal.read('ledger.ndjson').includes(tenant));
  assert.match((await terminal.done('ledger', 'verify', '--file', 'ledger.ndjson')).out, /words of \d+ lines were erased/);
  const { groups } = proof.runs.at(-1);
  assert.equal(await sql(`select count(*) from registry.groups where id in (${groups.map((id) => `'${id}'`).join(',')})`), '0');
});
