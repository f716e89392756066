// SPDX-License-Identifier: Apache-2.0
// One installation, whose secrets are all rotated while people and devices use it.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { as, demoRecipe, makeDevice, send, signIn } from '../e2e/harness/api.mjs';
import { data, demo, operator, ports, read, sadler } from '../e2e/harness/demo.mjs';
import { driver } from '../e2e/harness/driver.mjs';
import { eventually } from '../e2e/harness/eventually.mjs';
import { Asker, asks, Reporter, Stream } from './load.mjs';

const kMs = { timeout: 120_000 };
const kRotate = fileURLToPath(new URL('../../deploy/rotate-secrets', import.meta.url));
const kServices = ['registry', 'provisioning', 'telemetry-ingest', 'experience-gateway'];
const kRoles = { 'database-admin': 'postgres', ...Object.fromEntries(['registry', 'provisioning', 'telemetry', 'broker', 'monitor'].map((name) => [`database-${name}`, `turnkey_${name}`])) };
const kSecrets = [...kServices.map((name) => `mqtt-${name}`), ...Object.keys(kRoles), 'registry-seal'];
const kInternalPorts = { registry: 'REGISTRY_INTERNAL_PORT', provisioning: 'PROVISIONING_INTERNAL_PORT', 'telemetry-ingest': 'INGEST_INTERNAL_PORT', 'experience-gateway': 'GATEWAY_INTERNAL_PORT' };

const run = promisify(execFile);
const rotate = (...names) => run(kRotate, [...names, '--data', data]);
const secretsOfNow = () => Object.fromEntries(kSecrets.map((name) => [name, read(`secrets/${name}`)]));
const certificate = () => new X509Certificate(read('tls/server.crt')).fingerprint256;

const succeeds = (command, args, env) => run(command, args, { env: { ...process.env, ...env } }).then(() => true, () => false);
const databaseTakes = (role, password) => succeeds('psql', ['-h', '127.0.0.1', '-p', ports['POSTGRES_PORT'], '-U', role, '-d', 'turnkey', '-qAtXc', 'select'], { PGPASSWORD: password });
// A topic that nobody may publish to: the connection itself is what is asked for.
const brokerTakes = (service, password) => succeeds('mosquitto_pub', ['-h', demo.mqtt.host, '-p', String(demo.mqtt.port), '-V', 'mqttv311', '-i', `${service}-trial`, '-u', service, '-P', password, '-t', 'trial', '-n']);

const ready = (service) => fetch(`http://127.0.0.1:${ports[kInternalPorts[service]]}/readyz`).then(({ status }) => status === 200);
const token = async () => as(operator, 'POST', `/api/recipes/${(await demoRecipe()).id}/registration-tokens`, { name: 'Line 2', lifetime_s: 600, uses: 5, serialPattern: '*' });
const kidOf = ({ jwt }) => JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url').toString()).kid;
let serials = 0;
const registers = async ({ jwt }) => (await send('POST', '/api/registrations', { body: { serial: `ROTATED-${Date.now()}-${(serials += 1)}` }, headers: { Authorization: `Bearer ${jwt}` }, origin: null })).status;

const scene = {};
before(async () => {
  scene.secrets = secretsOfNow();
  scene.certificate = certificate();
  scene.token = await token();
  scene.cookie = await signIn(operator);
});

test('no request is refused, no stream ends and no report is lost while every secret is rotated', kMs, async (t) => {
  const { cookie } = scene;
  const device = await makeDevice();
  const reporter = new Reporter(device);
  const stream = new Stream(`/api/devices/${device.serial}/events`, cookie);
  await eventually('the stream tells of reports', () => stream.events > 0);
  const load = [
    asks('the list of devices', 20, 'GET', '/api/devices?limit=5', { cookie }),
    asks('one device', 50, 'GET', `/api/devices/${device.serial}`, { cookie }),
    asks('its history', 100, 'GET', `/api/devices/${device.serial}/telemetry?attributes=rpm`, { cookie }),
    asks('people who sign in', 200, 'POST', '/api/session', { body: { email: sadler.viewer.email, password: sadler.viewer.password } }),
    new Asker('tokens that are signed', 100, async () => { await token(); return { status: 200 }; }),
  ];
  t.after(() => [reporter, stream, ...load].forEach((each) => each.end()));
  await rotate('all');
  const seen = stream.events;
  await eventually('the stream tells of reports afterwards', () => stream.events > seen + 20);
  assert.equal(stream.ended, undefined);
  await Promise.all(load.map((each) => each.stop()));
  await reporter.stop(driver.sql);
});

test('S11: after the rotation each older secret is refused, and the newer one alone is taken', kMs, async () => {
  const now = secretsOfNow();
  for (const name of kSecrets) {
    assert.match(now[name], /^[0-9a-f]{64}\n$/, name);
    assert.notEqual(now[name], scene.secrets[name], name);
  }
  for (const [name, role] of Object.entries(kRoles)) {
    assert.equal(await databaseTakes(role, scene.secrets[name].trim()), false, `${name}: the older one`);
    assert.equal(await databaseTakes(role, now[name].trim()), true, `${name}: the newer one`);
  }
  for (const service of kServices) {
    assert.equal(await brokerTakes(service, scene.secrets[`mqtt-${service}`].trim()), false, `${service}: the older one`);
    assert.equal(await brokerTakes(service, now[`mqtt-${service}`].trim()), true, `${service}: the newer one`);
  }
  assert.notEqual(certificate(), scene.certificate);
});

test('what was sealed before the rotation of the seal key still opens: the same key signs, and its tokens are good', kMs, async () => {
  const after = await token();
  assert.equal(kidOf(after), kidOf(scene.token));
  assert.equal(await registers(scene.token), 201);
  assert.equal(await registers(after), 201);
});

test('services and broker that are started after a rotation are ready with the newer secrets', kMs, async () => {
  for (const name of ['broker', ...kServices]) await run('sv', ['-w', '30', 'restart', join(data, 'supervise', name)]);
  for (const name of kServices) await eventually(`${name} is ready`, () => ready(name), { seconds: 30 });
  assert.equal((await send('GET', '/api/devices?limit=5', { cookie: scene.cookie })).status, 200);
});

test('a rotation that was broken off in the middle harms nothing, and the same command ends it', kMs, async () => {
  const child = spawn(kRotate, ['all', '--data', data], { detached: true, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await eventually('the rotation has begun', () => kSecrets.every((name) => read(`secrets/${name}`).split('\n').length === 3));
  process.kill(-child.pid, 'SIGKILL');
  await ended;
  assert.match((await rotate('list')).stdout, /registry-seal .*not finished/);
  for (const name of ['broker', ...kServices]) await run('sv', ['-w', '30', 'restart', join(data, 'supervise', name)]);
  for (const name of kServices) await eventually(`${name} is ready`, () => ready(name), { seconds: 30 });
  assert.equal(await registers(await token()), 201);
  const begun = secretsOfNow();
  await rotate('all');
  for (const name of kSecrets) assert.equal(secretsOfNow()[name], `${begun[name].trim().split('\n')[1]}\n`, name);
  assert.doesNotMatch((await rotate('list')).stdout, /not finished/);
  assert.equal(await registers(await token()), 201);
});

test('a name that is no secret is refused before anything changes', kMs, async () => {
  const now = secretsOfNow();
  await assert.rejects(rotate('mqtt-registry', 'mqtt-stranger'), /mqtt-stranger is no secret that is rotated here/);
  assert.deepEqual(secretsOfNow(), now);
});
