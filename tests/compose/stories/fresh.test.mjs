// SPDX-License-Identifier: Apache-2.0
// A start from nothing, without the demo: nobody is there, and one link makes the first operator.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';

const [compose] = JSON.parse(readFileSync(join(process.env['TURNKEY_E2E_DATA'], 'compose.json'), 'utf8')).compose;
const inside = (service, ...command) => execFileSync(compose, ['exec', '-T', service, ...command], { encoding: 'utf8' }).trim();
const asked = (query) => inside('database', 'sh', '-c', 'PGPASSWORD=$(cat /secrets/database-admin) exec /usr/lib/postgresql/bin/psql -h /tmp -qAtX -U postgres -d turnkey -c "$0"', query);

function post(url, ca, body) {
  const payload = JSON.stringify(body);
  const headers = { Origin: url.origin, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, ca, family: 4, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

test('S24 a fresh start knows nobody, and the link that makes the first operator works once', async () => {
  assert.equal(asked('select count(*) from registry.users'), '0');
  const link = new URL(inside('registry', '/usr/lib/turnkey/bin/first-operator-link'));
  const ca = inside('proxy', 'cat', '/tls/ca.crt');
  const token = link.hash.slice(1);
  assert.match(token, /^[0-9a-f]{64}$/);
  const make = (email, with_) => post(new URL('/api/first-operator', link), ca, { token: with_, email, name: 'First', password: 'a long enough passphrase' });
  assert.equal(await make('first@example.com', 'f'.repeat(64)), 401, 'another token makes nobody');
  assert.equal(await make('first@example.com', token), 201);
  assert.equal(await make('second@example.com', token), 401, 'the link is void');
  assert.equal(asked('select string_agg(email, $$,$$) from registry.users'), 'first@example.com');
  assert.equal(await post(new URL('/api/session', link), ca, { email: 'first@example.com', password: 'a long enough passphrase' }), 200);
});

test('S24 each start makes secrets of its own, each readable by its program alone', () => {
  const held = {
    registry: ['database-password', 'first-operator-token', 'mqtt-password', 'registry-seal'],
    provisioning: ['database-password', 'mqtt-password'],
    'telemetry-ingest': ['database-password', 'mqtt-password'],
    'experience-gateway': ['mqtt-password'],
    broker: ['broker-database', 'broker-services', 'inner.crt', 'inner.key', 'server.crt', 'server.key'],
    proxy: ['server.crt', 'server.key'],
  };
  const passwords = new Set();
  for (const [service, files] of Object.entries(held)) {
    assert.deepEqual(inside(service, 'ls', '/secrets').split('\n'), files, service);
    assert.match(inside(service, 'sh', '-c', 'stat -c "%a %u" /secrets/* | sort -u; id -u'), /^400 (\d+)\n\1$/, service);
    if (files.includes('mqtt-password')) passwords.add(inside(service, 'cat', '/secrets/mqtt-password'));
  }
  assert.equal(passwords.size, 4);
  assert.deepEqual(inside('proxy', 'ls', '/tls').split('\n'), ['ca.crt', 'inner-ca.crt'], 'no keys where all may read');
});
