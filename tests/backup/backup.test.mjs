// SPDX-License-Identifier: Apache-2.0
// One installation is saved while it works, lost, and brought back; each test goes on where the one before it ended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, copyFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeDevice, send, signIn } from '../e2e/harness/api.mjs';
import { data, demo, operator, read } from '../e2e/harness/demo.mjs';
import { sql } from '../e2e/harness/database.mjs';
import { eventually } from '../e2e/harness/eventually.mjs';
import { Terminal } from '../e2e/harness/terminal.mjs';

const source = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'turnkey-backup-test-'));
const file = (name) => join(work, name);
const backup = file('saved.tar');
writeFileSync(file('passphrase'), 'four words nobody guesses\n');
writeFileSync(file('other-passphrase'), 'four words somebody guesses\n');
after(() => rmSync(work, { recursive: true }));

const kMs = { timeout: 600_000 };
const scene = { device: undefined, acknowledged: [], at: undefined, head: undefined, cookie: undefined };

function run(program, args, { env = {}, input } = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.setEncoding('utf8').on('data', (text) => (said += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (exit) => resolve({ exit, said })));
}

const deploy = (program, args, options) => run(join(source, 'deploy', program), args, options);
const restore = (args = [], tar = backup) => deploy('restore', ['--data', data, '--programs', process.env['TURNKEY_PREFIX'], ...args, tar]);

// ---- reports: each has a number of its own, in tenths of a turn
let numbers = 0;

/** Reports that many times over one connection; resolves when the broker has acknowledged all of them. */
async function report(count) {
  const mine = Array.from({ length: count }, () => (numbers += 1));
  const { device } = scene;
  await eventually('the broker takes the reports', async () => {
    const done = await run('mosquitto_pub', ['-h', demo.mqtt.host, '-p', String(demo.mqtt.port), '-V', 'mqttv311', '-i', device.deviceId, '-u', device.accessKey,
      '-P', device.accessSecret, '-q', '1', '-t', `devices/${device.deviceId}/state`, '-l'], { input: mine.map((n) => `{"data":{"rpm":${n / 10}}}\n`).join('') });
    if (done.exit !== 0) throw new Error(done.said);
    return true;
  }, { seconds: 60 });
  scene.acknowledged.push(...mine);
  return mine;
}

const stored = async () => {
  const rows = await sql(`select round(s.number * 10) from telemetry.samples s join telemetry.devices d using (device_key) where d.device_id = '${scene.device.deviceId}' order by 1`);
  return rows === '' ? [] : rows.split('\n').map(Number);
};
const storedAll = (wanted) => eventually(`${wanted.length} reports are stored`, async () => {
  const there = new Set(await stored());
  const missing = wanted.filter((n) => !there.has(n));
  if (missing.length > 0) throw new Error(`${missing.length} are missing, the first is ${missing[0]}`);
  return true;
}, { seconds: 60 });

const pidOf = (name) => Number(read(`supervise/${name}/supervise/pid`).trim());
async function killed(name) {
  const before = pidOf(name);
  process.kill(before, 'SIGKILL');
  await eventually(`${name} is there again`, () => pidOf(name) > 0 && pidOf(name) !== before && existsSync(`/proc/${pidOf(name)}`), { seconds: 30 });
}

/** psql that waits at its first call, which is after the copies of journal and spool and before the dump. */
function slowPsql() {
  const folder = file('slow');
  mkdirSync(folder);
  writeFileSync(join(folder, 'psql'), `#!/bin/sh\ntouch ${file('reached')}\nwhile [ ! -e ${file('go-on')} ]; do sleep 0.1; done\nPATH=${process.env['PATH']} exec psql "$@"\n`);
  chmodSync(join(folder, 'psql'), 0o755);
  return `${folder}:${process.env['PATH']}`;
}

const ledgerHead = () => sql("select seq || ' ' || encode(hash, 'hex') from registry.ledger_head");

test('secrets are not saved in clear unless that is asked for', kMs, async () => {
  const { exit, said } = await deploy('backup', ['--data', data, '--output', backup]);
  assert.equal(exit, 1, said);
  assert.match(said, /--passphrase-file/);
  assert.equal(existsSync(backup), false);
});

test('S22: a backup is made while reports come and processes are killed', kMs, async () => {
  scene.device = await makeDevice();
  scene.cookie = await signIn(operator);
  await report(1000);
  // These are in the broker's journal alone while the copies are made.
  const ingest = pidOf('telemetry-ingest');
  process.kill(ingest, 'SIGSTOP');
  await report(100);
  const making = deploy('backup', ['--data', data, '--output', backup, '--passphrase-file', file('passphrase')], { env: { PATH: slowPsql() } });
  await eventually('journal and spool are copied', () => existsSync(file('reached')), { seconds: 60 });
  process.kill(ingest, 'SIGCONT');
  await storedAll(scene.acknowledged);
  // The numbers of journal and spool go on behind what was copied, and the database comes to know them.
  for (let round = 0; round < 2; round += 1) {
    await killed('broker');
    await killed('telemetry-ingest');
    await storedAll(await report(50));
  }
  scene.head = await ledgerHead();
  writeFileSync(file('go-on'), '');
  const { exit, said } = await making;
  assert.equal(exit, 0, said);
  assert.equal(statSync(backup).mode & 0o077, 0, 'others may read it');
  assert.match(read('broker/turnkey_backup.prom'), /turnkey_backup_completed_timestamp_seconds \d+/);
});

test('S2: no secret of the installation can be read in a backup with a passphrase', kMs, async () => {
  const bytes = readFileSync(backup);
  for (const name of ['secrets/database-admin', 'secrets/mqtt-registry', 'secrets/registry-seal', 'tls/ca.key', 'tls/server.key']) {
    assert.equal(bytes.includes(read(name).trim().split('\n').at(name.endsWith('.key') ? 1 : 0)), false, name);
  }
  assert.equal(bytes.includes(scene.device.accessSecret), false);
});

test('a backup is not restored over data', kMs, async () => {
  const { exit, said } = await restore(['--passphrase-file', file('passphrase')]);
  assert.equal(exit, 1, said);
  assert.match(said, /there is data in/);
});

test('a wrong passphrase, a file that was cut and one that was changed are refused before anything is made', kMs, async () => {
  assert.equal((await deploy('quickstart', ['reset', '--data', data])).exit, 0);
  const cut = file('cut.tar');
  copyFileSync(backup, cut);
  truncateSync(cut, Math.floor(statSync(cut).size * 0.7));
  const changed = file('changed.tar');
  const bytes = readFileSync(backup);
  bytes[Math.floor(bytes.length / 2)] ^= 1;
  writeFileSync(changed, bytes);
  for (const [tar, passphrase, why] of [[backup, 'other-passphrase', /not the passphrase/], [cut, 'passphrase', /cut/], [changed, 'passphrase', /changed or cut/]]) {
    const { exit, said } = await restore(['--passphrase-file', file(passphrase)], tar);
    assert.equal(exit, 1, said);
    assert.match(said, why);
  }
  assert.equal(existsSync(join(data, 'postgres')) || existsSync(join(data, 'secrets')), false);
});

test('S20: after a wipe and a restore all rows and the ledger are as they were saved', kMs, async () => {
  const { exit, said } = await restore(['--passphrase-file', file('passphrase')]);
  assert.equal(exit, 0, said);
  assert.match(said, /restored: \d+ rows, all as saved/);
  assert.match(said, new RegExp(`ledger ${scene.head}`));
  const terminal = await new Terminal().signIn(operator);
  try {
    assert.equal((await terminal.json('ledger', 'verify')).ok, true);
  } finally {
    await terminal.close();
  }
});

test('S22: every report that was acknowledged before the backup is there after the restore, and once', kMs, async () => {
  await storedAll(scene.acknowledged);
  const there = await stored();
  assert.equal(there.length, new Set(there).size, 'some are there twice');
});

test('S22: a device goes on with its key, and its first new reports are not taken for old ones', kMs, async () => {
  // More than each segment has had whose number the database knows.
  await storedAll(await report(300));
  const there = await stored();
  assert.equal(there.length, new Set(there).size, 'some are there twice');
  const counted = await sql("select coalesce(sum(value) filter (where name = 'received'), 0) - coalesce(sum(value) filter (where name <> 'received' and name <> 'values_refused'), 0) from telemetry.counters");
  assert.equal(counted, '0', 'received = stored + refused + duplicate');
});

test('S11: a session of before the backup is no session after the restore', kMs, async () => {
  assert.equal((await send('GET', '/api/session', { cookie: scene.cookie })).status, 401);
  assert.equal((await send('GET', '/api/session', { cookie: await signIn(operator) })).status, 200);
});
