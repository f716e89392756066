// SPDX-License-Identifier: Apache-2.0
// Certificates that a company brings itself, for browsers and devices alike, and the way back.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const authorityAt = (port, ca) => new Promise((resolve, reject) => {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca }, () => {
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
