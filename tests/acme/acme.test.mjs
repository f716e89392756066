// SPDX-License-Identifier: Apache-2.0
// TURNKEY_TLS=acme, from the first question to the authority to a renewal that fails and comes right.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { eventually } from '../e2e/harness/eventually.mjs';
import { ROOT } from '../support/container.mjs';
import { Stand, kHost } from './stand.mjs';

const stand = new Stand();
before(() => stand.prepare());
after(() => stand.end());

const bothShow = (what, check, seconds = 90) => eventually(what, async () => {
  const [web, mqtts] = [await stand.shown(stand.https), await stand.shown(stand.mqtts)];
  return check(web) && check(mqtts) && web;
}, { seconds }).catch((error) => { throw new Error(`${error.message}\nwhat acme says:\n${stand.acmeProgram.said()}`); });
const waits = (said) => [...said.matchAll(/no certificate; next try in (\d+) s/g)].map(([, seconds]) => Number(seconds));
const tries = (said) => [...said.matchAll(/asking \S+ for a certificate of \S+, try (\d+)/g)].length;
const plain = (path) => new Promise((done, fail) => {
  get({ host: '127.0.0.1', port: stand.http, path, agent: false }, (answer) => done(answer.resume().statusCode)).on('error', fail);
});

test('settings that no authority could serve are refused before anything is started, by name', () => {
  const good = { HOST: kHost, TURNKEY_ACME_DIRECTORY: 'https://acme.example.com/dir', TURNKEY_ACME_EMAIL: '', TURNKEY_ACME_TERMS_AGREED: 'true' };
  const refusal = (settings, caFile = '') => {
    const done = spawnSync('bash', ['-euc', '. deploy/lib/common.sh; . deploy/lib/acme.sh; check_acme_settings "$1"', 'check', caFile], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...good, ...settings } });
    return done.status === 0 ? '' : done.stderr.toString().trim();
  };
  assert.equal(refusal({}), '');
  assert.equal(refusal({ HOST: 'a.xn--p1ai', TURNKEY_ACME_EMAIL: 'ops+acme@example.com', TURNKEY_ACME_DIRECTORY: 'https://ca.corp.internal:9000/acme/acme/directory' }, join(stand.folder, 'tls/acme-ca.crt')), '');
  for (const name of ['localhost', 'turnkey.localhost', 'turnkey', '192.0.2.7', '2001:db8::7', '-a.example.com', 'a..example.com', `${'a'.repeat(64)}.example.com`]) assert.match(refusal({ HOST: name }), /^turnkey: TURNKEY_HOST: /, name);
  for (const url of ['http://acme.example.com/dir', '', 'https://a b', 'https://a/"; id']) assert.match(refusal({ TURNKEY_ACME_DIRECTORY: url }), /^turnkey: TURNKEY_ACME_DIRECTORY: /, url);
  for (const email of ['ops', 'a"b@example.com', 'a@b"],"x":["']) assert.match(refusal({ TURNKEY_ACME_EMAIL: email }), /^turnkey: TURNKEY_ACME_EMAIL: /, email);
  for (const word of ['false', '', 'yes']) assert.match(refusal({ TURNKEY_ACME_TERMS_AGREED: word }), /^turnkey: TURNKEY_ACME_TERMS_AGREED: /, word);
  assert.match(refusal({}, join(stand.folder, 'pebble.key')), /^turnkey: TURNKEY_ACME_CA_FILE /);
});

test('with another TURNKEY_TLS nobody is asked, and the program waits', async () => {
  stand.startAcme({ tls: 'local' });
  await eventually('it says so', () => stand.acmeProgram.said().includes('acme: nothing to do: TURNKEY_TLS is local\n'));
  assert.equal(stand.acmeProgram.child.exitCode, null);
  stand.acmeProgram.signal('SIGTERM');
  await eventually('it ends when it is told to', () => stand.acmeProgram.child.exitCode === 0);
});

test('an authority that does not find its answer on the plain port gives nothing, and is asked less and less often', async () => {
  await stand.startAuthority(3600);
  stand.startAcme({ retry: 60 });
  await eventually('the refusal is told', () => waits(stand.acmeProgram.said()).length === 1, { seconds: 120 });
  assert.match(stand.acmeProgram.said(), /urn:ietf:params:acme:error:connection/);
  assert.match(stand.acmeProgram.said(), /has to reach http:\/\/turnkey\.example\.com\/ on port 80, which leads to TURNKEY_HTTP_PORT/);
  assert.equal(stand.hasCertificate(), false);
  await stand.acmeProgram.stop();
});

test('a restart does not forget the wait after a failure', async () => {
  stand.startAcme({ retry: 60 });
  const next = await eventually('it says when', () => /tries in vain so far: 1; next one (\S+)/.exec(stand.acmeProgram.said())?.[1]);
  assert.ok(Date.parse(next) > Date.now() && Date.parse(next) < Date.now() + 76_000, next);
  assert.equal(tries(stand.acmeProgram.said()), 0);
});

test('S19 until there is a certificate the local one is shown; then it is taken up by proxy and broker without a start', async () => {
  await stand.startProxy();
  await stand.startBroker();
  await bothShow('the local certificate', ({ ours }) => !ours);
  const [proxy, broker] = [stand.proxy.child.pid, stand.broker.child.pid];
  const held = await new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port: stand.mqtts, rejectUnauthorized: false }, () => done(socket));
  });
  stand.acmeProgram.signal('SIGHUP');
  const shown = await bothShow('the certificate of the authority', ({ ours }) => ours);
  assert.equal(shown.names, `DNS:${kHost}`);
  assert.equal(shown.serial, stand.serialOnDisk());
  assert.deepEqual([stand.proxy.child.exitCode, stand.broker.child.exitCode, stand.proxy.child.pid, stand.broker.child.pid], [null, null, proxy, broker]);
  assert.equal(held.destroyed || held.readyState !== 'open', false, 'connections stay');
  held.destroy();
});

test('keys are readable by those who need them, and the answers are gone when they are not needed', async () => {
  const modes = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? modes(join(folder, each.name)) : [statSync(join(folder, each.name)).mode & 0o777]));
  assert.deepEqual([...new Set(modes(join(stand.folder, 'data')))], [0o600]);
  assert.deepEqual(modes(join(stand.folder, 'certificate')), [0o640]);
  assert.deepEqual(readdirSync(join(stand.folder, 'challenges')), []);
});

test('the plain port answers what the authority asks, and sends everything else to HTTPS as before', async () => {
  writeFileSync(join(stand.folder, 'challenges/a-Token_1'), 'an answer');
  assert.equal(await plain('/.well-known/acme-challenge/a-Token_1'), 200);
  for (const path of ['/.well-known/acme-challenge/another', '/.well-known/acme-challenge/%2e%2e%2fdata%2ftries']) assert.notEqual(await plain(path), 200, path);
  for (const path of ['/', '/.well-known/acme-challenge/', '/.well-known/acme-challenge/a/b']) assert.equal(await plain(path), 308, path);
});

test('half a file is thrown away at the start, and the local certificate is shown until there is another', async () => {
  await stand.acmeProgram.stop();
  const old = stand.serialOnDisk();
  writeFileSync(stand.certificate, '-----BEGIN CERTIFICATE-----\nMIIB');
  stand.startAcme({ retry: 1 });
  await eventually('it is gone', () => !stand.hasCertificate());
  assert.equal((await bothShow('the local certificate', ({ ours }) => !ours)).serial === old, false);
  stand.acmeProgram.signal('SIGHUP');
  const shown = await bothShow('a new certificate', ({ ours, serial }) => ours && serial !== old);
  assert.equal(shown.serial, stand.serialOnDisk());
});

test('a certificate is renewed by itself when a third of its life is left, with a key of its own', { timeout: 240_000 }, async () => {
  await stand.authority.stop();
  await stand.startAuthority(40);
  await stand.acmeProgram.stop();
  writeFileSync(stand.certificate, '');
  stand.startAcme({ retry: 1 });
  const first = await bothShow('a certificate of 40 seconds', ({ ours }) => ours);
  const began = Date.now();
  const key = stand.keyOnDisk();
  await bothShow('the next one', ({ ours, serial }) => ours && serial !== first.serial);
  assert.ok(Date.now() - began > 10_000, 'not before two thirds of its life');
  assert.notEqual(stand.keyOnDisk(), key);
});

test('while the authority is away the old certificate stays, tries become rare, and afterwards all is well without a hand', { timeout: 300_000 }, async () => {
  await stand.authority.stop();
  const serial = stand.serialOnDisk();
  const before = stand.acmeProgram.said().length;
  const since = () => stand.acmeProgram.said().slice(before);
  await eventually('four tries have failed', () => waits(since()).length === 4, { seconds: 180 });
  const doubled = waits(since());
  doubled.forEach((wait, at) => assert.ok(wait >= 2 ** at && wait <= 2 ** at * 1.25, `wait ${at}: ${doubled}`));
  assert.equal((await stand.shown(stand.https)).serial, serial);
  assert.equal((await stand.shown(stand.mqtts)).serial, serial);
  await stand.startAuthority(3600); // it knows no accounts any more
  await eventually('the next one', async () => (await stand.shown(stand.https)).ours && (await stand.shown(stand.mqtts)).ours, { seconds: 180 });
  const all = stand.acmeProgram.said();
  assert.equal(tries(all), waits(all).length + [...all.matchAll(/there is a certificate until/g)].length);
});
