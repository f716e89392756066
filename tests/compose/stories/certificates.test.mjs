// SPDX-License-Identifier: Apache-2.0
// Certificates that a company brings itself or gets by ACME, for browsers and devices alike, and the way back.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { as, handOver, makeDevice } from '../../e2e/harness/api.mjs';
import { demo, read, sadler, url } from '../../e2e/harness/demo.mjs';
import { driver } from '../../e2e/harness/driver.mjs';
import { eventually } from '../../e2e/harness/eventually.mjs';
import { Firmware } from '../../e2e/harness/firmware.mjs';

const settings = join(JSON.parse(read('compose.json')).clone, '.env');
const usual = readFileSync(settings, 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'turnkey-certificates-'));
after(() => rmSync(folder, { recursive: true }));
const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

/** An authority, and a certificate of it for localhost, as a company has them. */
function makeCertificates() {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=A company');
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost\n');
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '20', '-extfile', 'names', '-out', 'server.crt');
}

/** The name of the authority whose certificate a port shows, if it is one of `ca`. */
const authorityAt = (port, ca, servername = 'localhost') => new Promise((resolve, reject) => {
  const socket = connect({ host: '127.0.0.1', port, servername, ca }, () => {
    resolve(socket.getPeerCertificate().issuer.CN);
    socket.destroy();
  });
  socket.on('error', reject);
});

/** Sets the company's certificate, with this key, to be the installation's. */
const bring = (key) => writeFileSync(settings, `${usual}TURNKEY_TLS=own\nTURNKEY_TLS_CERT_FILE=${folder}/server.crt\nTURNKEY_TLS_KEY_FILE=${folder}/${key}\nTURNKEY_TLS_CA_FILE=${folder}/ca.crt\n`);

const ports = [Number(new URL(url).port), demo.mqtts.port];

test('own certificates are shown to browsers and devices, services keep theirs, and the way back is a setting', { timeout: 600_000 }, async () => {
  makeCertificates();
  const ours = readFileSync(join(folder, 'ca.crt'));
  bring('server.key');
  try {
    await driver.compose('up', '-d');
    for (const port of ports) await eventually(`the certificate at ${port}`, async () => (await authorityAt(port, ours)) === 'A company', { seconds: 60 });
    const handedOut = await eventually('the authority is handed out', () => new Promise((resolve, reject) => {
      request(new URL('/ca.crt', url), { ca: ours, family: 4, agent: false }, (answer) => {
        let text = '';
        answer.on('data', (some) => (text += some));
        answer.on('end', () => resolve(text));
      }).on('error', reject).end();
    }), { seconds: 60 });
    assert.equal(handedOut, ours.toString());
  } finally {
    writeFileSync(settings, usual);
    await driver.compose('up', '-d');
  }
  const local = readFileSync(demo.cafile);
  for (const port of ports) await eventually(`the certificate at ${port}`, async () => /^Turnkey local CA/.test(await authorityAt(port, local)), { seconds: 60 });
  const device = await eventually('the system works as before', () => makeDevice(), { seconds: 60 });
  const firmware = await new Firmware(device).connected({ seconds: 60 });
  await handOver(sadler.technician, device, firmware, 'After the certificates');
  assert.equal((await as(sadler.technician, 'GET', `/api/devices/${device.serial}`)).name, 'After the certificates');
  await firmware.close();
});

test('devices that show a certificate have a port of their own, where it has to be theirs', { timeout: 600_000 }, async () => {
  const [device, other] = [await makeDevice(), await makeDevice()];
  for (const name of [device.deviceId, other.deviceId]) {
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-out', `${name}.crt`);
  }
  const port = /^TURNKEY_MQTTS_CERTIFICATES_PORT=(\d+)$/m.exec(usual)[1];
  const reports = (name) => spawnSync('mosquitto_pub', ['-h', 'localhost', '-p', port, '--cafile', demo.cafile, '--cert', join(folder, `${name}.crt`), '--key', join(folder, `${name}.key`),
    '-i', device.deviceId, '-u', device.accessKey, '-P', device.accessSecret, '-q', '1', '-t', `devices/${device.deviceId}/state`, '-m', '{"data":{}}'], { timeout: 20_000 }).status === 0;
  assert.equal(reports(device.deviceId), false);
  writeFileSync(settings, `${usual}TURNKEY_DEVICE_CA_FILE=${folder}/ca.crt\n`);
  try {
    await driver.compose('up', '-d');
    await eventually('the device is let in', () => reports(device.deviceId), { seconds: 60 });
    assert.equal(reports(other.deviceId), false);
  } finally {
    writeFileSync(settings, usual);
    await driver.compose('up', '-d');
  }
});

test('a certificate whose key is another one is refused before anything is changed', { timeout: 300_000 }, async () => {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'another.key');
  bring('another.key');
  try {
    await assert.rejects(driver.compose('run', '--rm', '--no-deps', '-T', 'init'), /does not belong to the certificate/);
  } finally {
    writeFileSync(settings, usual);
  }
  for (const port of ports) assert.match(await authorityAt(port, readFileSync(demo.cafile)), /^Turnkey local CA/);
});

// ---- ACME
const kName = 'turnkey.example.com';
const byAcme = (name) => writeFileSync(settings, `${usual}TURNKEY_HOST=${name}\nTURNKEY_TLS=acme\nTURNKEY_ACME_TERMS_AGREED=true\nTURNKEY_ACME_DIRECTORY=https://pebble:14000/dir\nTURNKEY_ACME_CA_FILE=${folder}/pebble.crt\n`);
const networksOf = async (service) => JSON.parse(await driver.inspect((await driver.idsOf(service))[0], '{{json .NetworkSettings.Networks}}'));
const inside = (service, ...words) => driver.compose('exec', '-T', service, ...words);
const startOf = async (service) => driver.inspect((await driver.idsOf(service))[0], '{{.Id}} {{.State.StartedAt}}');

/** This machine's Pebble in a container beside `acme`; it finds the proxy under the site's name. Resolves with its root certificate. */
async function startAuthority() {
  const pebble = { listenAddress: '0.0.0.0:14000', managementListenAddress: '127.0.0.1:15000', certificate: '/pebble/pebble.crt', privateKey: '/pebble/pebble.key', httpPort: 8080, tlsPort: 8443 };
  writeFileSync(join(folder, 'pebble.json'), JSON.stringify({ pebble }));
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'pebble.key'), 0o644);
  const [[edge, { IPAddress: proxy }]] = Object.entries(await networksOf('proxy')).filter(([name]) => name.endsWith('_edge'));
  const [acme] = Object.keys(await networksOf('acme'));
  const id = (await driver.engine('create', '--network', acme, '--network-alias', 'pebble', '--add-host', `${kName}:${proxy}`, '-v', '/usr/bin/pebble:/usr/local/bin/pebble:ro',
    '-v', `${folder}:/pebble:ro`, '-e', 'PEBBLE_VA_NOSLEEP=1', '-e', 'PEBBLE_WFE_NONCEREJECT=0', '--entrypoint', '/usr/local/bin/pebble', 'turnkey-acme:under-test', '-config', '/pebble/pebble.json')).trim();
  await driver.engine('network', 'connect', edge, id);
  await driver.engine('start', id);
  const root = await eventually('the authority answers', () => driver.engine('exec', id, 'curl', '-sS', '--cacert', '/pebble/pebble.crt', 'https://localhost:15000/roots/0'), { seconds: 60 });
  return { id, root };
}

test('S19 an ACME authority that reaches the plain port gives a certificate, which proxy and broker show without a start', { timeout: 600_000 }, async () => {
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=pebble', '-addext', 'subjectAltName=DNS:pebble,DNS:localhost', '-keyout', 'pebble.key', '-out', 'pebble.crt');
  let authority;
  try {
    byAcme('localhost');
    await assert.rejects(driver.compose('run', '--rm', '--no-deps', '-T', 'init'), /TURNKEY_HOST: localhost is no DNS name/);
    byAcme(kName);
    // Not `up`, which may wait until all are well: acme is not yet.
    await driver.compose('create');
    await driver.compose('start');
    await eventually('the first try is in vain', async () => /no certificate; next try in \d+ s/.test(await driver.compose('logs', 'acme')), { seconds: 60 });
    const local = readFileSync(demo.cafile);
    for (const port of ports) assert.match(await authorityAt(port, local, kName), /^Turnkey local CA/);
    const started = await Promise.all(['proxy', 'broker'].map(startOf));
    authority = await startAuthority();
    await driver.compose('kill', '-s', 'HUP', 'acme');
    for (const port of ports) await eventually(`the certificate at ${port}`, async () => /^Pebble/.test(await authorityAt(port, authority.root, kName)), { seconds: 90 });
    assert.deepEqual(await Promise.all(['proxy', 'broker'].map(startOf)), started, 'nobody was started again');
    await eventually('acme is well', async () => (await driver.inspect((await driver.idsOf('acme'))[0], '{{.State.Health.Status}}')) === 'healthy', { seconds: 60 });
    assert.equal(await inside('acme', 'stat', '-c', '%a %u %g', `/certificate/${kName}.pem`), '640 10010 10010\n');
    for (const service of ['proxy', 'broker']) await assert.rejects(inside(service, 'sh', '-c', 'touch /certificate/another'), service);
    assert.equal(await inside('acme', 'sh', '-c', 'find /data -type f ! -perm 600'), '');
    assert.equal(await inside('proxy', 'ls', '/tls'), 'acme-ca.crt\ninner-ca.crt\n', 'devices are given no authority: they know public ones');
  } finally {
    writeFileSync(settings, usual);
    await driver.compose('up', '-d');
    if (authority) await driver.engine('rm', '-f', authority.id);
  }
  for (const port of ports) await eventually(`the certificate at ${port}`, async () => /^Turnkey local CA/.test(await authorityAt(port, readFileSync(demo.cafile))), { seconds: 60 });
});
