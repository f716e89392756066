// SPDX-License-Identifier: Apache-2.0
// What the containers may do, and what of them can be reached.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { send } from '../../e2e/harness/api.mjs';
import { demo, url } from '../../e2e/harness/demo.mjs';
import { driver } from '../../e2e/harness/driver.mjs';
import { sql } from '../../e2e/harness/database.mjs';

const everyId = async () => (await driver.compose('ps', '-aq')).trim().split('\n');
const facts = async (id) => JSON.parse(await driver.inspect(id, '{{json .}}'));

test('S25 every container runs without root, rights and writable files, within limits', async () => {
  let running = 0;
  for (const id of await everyId()) {
    const { Name: name, State: state, HostConfig: host, Config: config } = await facts(id);
    assert.equal(host.ReadonlyRootfs, true, name);
    assert.deepEqual(host.CapDrop, ['ALL'], name);
    assert.ok(host.SecurityOpt.some((each) => each.startsWith('no-new-privileges')), name);
    assert.ok(host.Memory > 0 && host.NanoCpus > 0 && host.PidsLimit > 0, name);
    assert.equal(host.LogConfig.Config['max-file'], '5', name);
    assert.equal(host.Privileged, false, name);
    if (name.includes('-init-')) {
      assert.deepEqual([...host.CapAdd].map((each) => each.replace('CAP_', '')).sort(), ['CHOWN', 'DAC_OVERRIDE', 'FOWNER']);
      assert.equal(host.NetworkMode, 'none');
      continue;
    }
    assert.equal(host.CapAdd, null, name);
    assert.match(config.User, /^turnkey-[a-z]+$/, name);
    if (!state.Running) continue;
    running += 1;
    const status = readFileSync(`/proc/${state.Pid}/status`, 'utf8');
    assert.doesNotMatch(status, /^Uid:\s+0\b/m, name);
    assert.match(status, /^CapEff:\s+0+$/m, name);
    assert.match(status, /^NoNewPrivs:\s+1$/m, name);
  }
  assert.ok(running >= 8, `${running} containers run`);
});

const port = (name) => Number(new URL(name).port);

/** What a server says to these bytes, as text; "" when it closes without a word. */
const answerOf = (socket, bytes) => new Promise((resolve) => {
  let said = '';
  socket.setTimeout(5000, () => socket.destroy());
  socket.on('data', (some) => (said += some.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(said));
  socket.write(bytes);
});

const kConnect = Buffer.from('100e00044d5154540402000a00026863', 'hex'); // MQTT 3.1.1, without a name

test('S19 only the proxy, the broker, the page of buttons and the monitoring are reached from outside, and nothing secret without TLS', async () => {
  const published = [];
  for (const id of await everyId()) {
    const { Config: config, HostConfig: host } = await facts(id);
    for (const [inner, outer] of Object.entries(host.PortBindings ?? {}))
      for (const { HostIp: address } of outer) published.push(`${config.Labels['com.docker.compose.service']} ${inner} ${address}`);
  }
  assert.deepEqual(published.sort(), ['alertmanager 9093/tcp 127.0.0.1', 'broker 8883/tcp 127.0.0.1', 'broker 8885/tcp 127.0.0.1', 'prometheus 9090/tcp 127.0.0.1', 'proxy 8080/tcp 127.0.0.1', 'proxy 8443/tcp 127.0.0.1', 'simulator 8090/tcp 127.0.0.1']);
  const plain = (at, bytes) => answerOf(connect(at, '127.0.0.1'), bytes);
  assert.match(await plain(port(url), 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.equal((await plain(demo.mqtts.port, kConnect)).charCodeAt(0) === 0x20, false, 'no CONNACK without TLS');
  const old = await answerOf(connectTls({ host: '127.0.0.1', port: port(url), ca: readFileSync(demo.cafile), servername: 'localhost', minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal(old, '', 'no old TLS');
});

test('S19 the plain port sends browsers to HTTPS and knows nothing else', async () => {
  const outer = Number((await driver.compose('port', 'proxy', '8080')).trim().split(':').at(-1));
  const ask = (path) => answerOf(connect(outer, '127.0.0.1'), `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  assert.match(await ask('/api/session'), new RegExp(`^HTTP/1\\.1 308 [\\s\\S]*Location: ${url}/api/session\\r\\n`));
  assert.match(await ask('/ca.crt'), /^HTTP\/1\.1 200 [\s\S]*BEGIN CERTIFICATE/);
});

test('S3 who guesses is known by the own address, not by the address of the proxy', async () => {
  const { NetworkSettings: network } = await facts((await driver.idsOf('simulator'))[0]);
  const [edge] = Object.entries(network.Networks).filter(([name]) => name.endsWith('_edge')).map(([, each]) => each.IPAddress);
  const email = `nobody-${Date.now()}@example.com`;
  await driver.compose('exec', '-T', 'simulator', 'sh', '-c', `curl -sk -o /tmp/answer -H "Origin: ${url}" -H 'Content-Type: application/json' -d '{"email":"${email}","password":"wrong guess"}' --connect-to ::$0:8443 ${url}/api/session`,
    (await addressOn('proxy', '_edge')));
  assert.equal(await sql(`select address from registry.sign_in_failures where email = '${email}'`), edge);
});

async function addressOn(service, suffix) {
  const { NetworkSettings: network } = await facts((await driver.idsOf(service))[0]);
  return Object.entries(network.Networks).find(([name]) => name.endsWith(suffix))[1].IPAddress;
}

test('S21 the registry alone has a way out to receivers of webhooks, and its name leads to one address', async () => {
  const out = [];
  for (const id of await everyId()) {
    const { Config: config, NetworkSettings: network } = await facts(id);
    if (Object.keys(network.Networks).some((name) => name.endsWith('_webhooks'))) out.push(config.Labels['com.docker.compose.service']);
  }
  assert.deepEqual([...new Set(out)], ['registry']);
  const found = await driver.compose('exec', '-T', 'simulator', 'getent', 'ahostsv4', 'registry');
  assert.deepEqual([...new Set(found.trim().split('\n').map((line) => line.split(/\s/)[0]))], [await addressOn('registry', '_inner')]);
});

test('what is not for outside is not found there', async () => {
  for (const path of ['/metrics', '/readyz']) assert.equal((await send('GET', path)).status, 404, path);
  assert.equal((await send('GET', '/healthz')).status, 200);
});
