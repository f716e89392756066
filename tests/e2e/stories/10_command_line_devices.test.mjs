// SPDX-License-Identifier: Apache-2.0
// Devices by turnkeyctl: a file is planned, registered, printed; devices are looked at, edited, taken back and given back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { story } from '../harness/story.mjs';
import { handOver } from '../harness/api.mjs';
import { operator, sadler, url } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { mayConnect } from '../harness/firmware.mjs';
import { rowsOf } from '../harness/terminal.mjs';

const kRecipe = 'Generator gateway';
const kExit = { usage: 2, notFound: 4, invalid: 6, conflict: 7 };
const kMany = 2000;
const kLabelsOnA4 = 24;
// The answer does not wait for the broker: the registry announces the keys after it, and the broker looks for itself every two seconds.
const kAnnounced = { seconds: 5 };
let stamps = 0;
/** A beginning of serials that no other story uses. */
const stamp = () => `CLI-${Date.now().toString(36).toUpperCase()}${(stamps += 1)}`;
const csv = (rows) => rows.map((row) => `${row.join(',')}\n`).join('');
const importOf = (file, ...more) => ['devices', 'import', file, '--recipe', kRecipe, ...more];
const credentialsOf = (row) => ({ serial: row.serial, deviceId: row.device_id, accessKey: row.access_key, accessSecret: row.access_secret });

/** Up to a hundred devices registered by the program; the rows of its file of credentials, in order of serials, and the batch. */
async function registered(terminal, serial, count) {
  terminal.write('few.csv', csv([['serial', 'name'], ...Array.from({ length: count }, (_, at) => [`${serial}-${String(at).padStart(2, '0')}`, `Unit ${at}`])]));
  const { batchId } = await terminal.json(...importOf('few.csv', '--output', 'few.credentials', '--yes'));
  return { rows: rowsOf(terminal.read('few.credentials')), batchId };
}

story('the plan of a file with errors names each by line and column, ends with 6 and stores nothing', async (tale) => {
  const terminal = await tale.terminal(operator);
  const serial = stamp();
  const before = (await terminal.json('batches', 'list')).items.map((each) => each.id);
  terminal.write('bad.csv', csv([
    ['serial', 'name', 'group', 'model', 'floor'],
    [`${serial}-1`, 'Good', '', '', '3'],
    ['x?', 'Malformed', '', '', '0'],
    [`${serial}-2`, 'No such group', 'No/Such/Site', 'kd-60', '1'],
    [`${serial}-1`, 'Twice', '', '', '1'],
    [`${serial}-3`, 'No such model', 'Sadler-Isberg/North/Harbour Clinic', 'kd-9', ''],
    [`${serial}-4`, 'Two errors', 'No/Such/Site', 'kd-9', ''],
  ]));
  const expected = [[3, 'serial'], [4, 'group'], [5, 'serial'], [6, 'model'], [7, 'group'], [7, 'model']];

  const { problem, out } = await terminal.ends(kExit.invalid, importOf('bad.csv', '--dry-run', '--json'));
  assert.equal(out, '');
  assert.deepEqual(problem.errors.map(({ line, column }) => [line, column]), expected);
  for (const error of problem.errors) assert.match(error.message, /\S{3}/);
  assert.deepEqual([problem.plan.rows, problem.plan.create, problem.plan.bad], [6, 1, 5]);

  const told = await terminal.ends(kExit.invalid, importOf('bad.csv', '--dry-run'));
  const table = told.err.split('\n').map((line) => /^(\d+) +(serial|group|model) +\S/.exec(line)).filter((found) => found !== null);
  assert.deepEqual(table.map((found) => [Number(found[1]), found[2]]), expected, told.err);
  assert.match(told.err, /^6 rows: 1 to register, 0 registered already, 5 bad\.$/m);
  assert.match(told.err, /^5 rows are bad, so nothing is registered\. --skip-bad registers the others\.$/m);

  await terminal.ends(kExit.invalid, importOf('bad.csv', '--yes'));
  assert.ok(!terminal.has('bad.credentials.csv'));
  assert.deepEqual((await terminal.json('devices', 'list', '--query', serial)).items, []);
  assert.deepEqual((await terminal.json('batches', 'list')).items.map((each) => each.id), before);

  const skipped = await terminal.json(...importOf('bad.csv', '--skip-bad', '--yes'));
  assert.equal(skipped.skipped, '5');
  assert.deepEqual((await terminal.done('devices', 'list', '--query', serial, '--quiet')).lines, [`${serial}-1`]);
});

story('2,000 devices are registered from a file; the broker takes their credentials within seconds; the same file again changes nothing', async (tale) => {
  const terminal = await tale.terminal(operator);
  const serial = stamp();
  const serials = Array.from({ length: kMany }, (_, at) => `${serial}-${at}`);
  terminal.write('many.csv', csv([['serial', 'name', 'floor'], ...serials.map((each, at) => [each, `Unit ${at}`, at % 9])]));
  const plan = await terminal.json(...importOf('many.csv', '--dry-run'));
  assert.deepEqual([plan.plan.rows, plan.plan.create, plan.plan.bad], [kMany, kMany, 0]);
  const unasked = await terminal.ends(kExit.usage, importOf('many.csv'));
  assert.match(unasked.err, /say --yes/);
  assert.deepEqual((await terminal.json('devices', 'list', '--query', serial)).items, [], 'neither the plan nor the question registers');

  const done = await terminal.json(...importOf('many.csv', '--output', 'out.csv', '--yes'));
  const rows = rowsOf(terminal.read('out.csv'));
  for (const at of [kMany - 1, 0]) await eventually(`the broker takes row ${at}`, () => mayConnect(credentialsOf(rows[at])), kAnnounced);
  assert.equal(await mayConnect({ ...credentialsOf(rows[0]), accessSecret: rows[1].access_secret }), false, "not with another's secret");

  assert.equal(terminal.modeOf('out.csv'), '600');
  assert.deepEqual(rows.map((row) => row.serial), serials);
  for (const row of rows) {
    assert.match(row.device_id, /^[0-9a-f]{24}$/);
    assert.match(row.access_key, /^[0-9a-f-]{36}$/);
    assert.match(row.access_secret, /^[0-9a-f]{64}$/);
    assert.equal(row.qr, `${url}/d/${row.serial}`);
  }
  for (const column of ['device_id', 'access_key', 'access_secret']) assert.equal(new Set(rows.map((row) => row[column])).size, kMany, `${column} never repeats`);
  assert.ok(!JSON.stringify(done).includes(rows[0].access_secret), 'the document is without secrets');
  assert.equal((await terminal.json('batches', 'show', done.batchId)).devices, kMany);
  assert.equal((await terminal.done('devices', 'list', '--query', serial, '--all', '--quiet')).lines.length, kMany);

  const again = await terminal.done(...importOf('many.csv', '--output', 'again.csv', '--yes'));
  assert.equal(again.out, 'There is nothing to register.\n');
  assert.match(again.err, new RegExp(`^${kMany} rows: 0 to register, ${kMany} registered already, 0 bad\\.$`, 'm'));
  assert.ok(!terminal.has('again.csv'));
  assert.ok(await mayConnect(credentialsOf(rows[1])), 'what was issued stays valid');
});

story('a lost file of credentials: the same key brings new ones for the same devices; a file that is there is not written over', async (tale) => {
  const terminal = await tale.terminal(operator);
  terminal.write('two.csv', csv([['serial'], [`${stamp()}-1`], [`${stamp()}-2`]]));
  const { batchId, idempotencyKey } = await terminal.json(...importOf('two.csv', '--output', 'first.csv', '--yes'));
  const repeated = importOf('two.csv', '--yes', '--idempotency-key', idempotencyKey, '--json', '--output');
  const inTheWay = await terminal.ends(kExit.conflict, [...repeated, 'first.csv']);
  assert.match(inTheWay.problem.detail, /first\.csv is there already/);
  const second = await terminal.ends(0, [...repeated, 'second.csv']);
  assert.equal(second.json.batchId, batchId);
  const [first, renewed] = ['first.csv', 'second.csv'].map((name) => rowsOf(terminal.read(name)));
  assert.deepEqual(renewed.map((row) => row.device_id), first.map((row) => row.device_id));
  await eventually('the broker takes the new ones', () => mayConnect(credentialsOf(renewed[0])), kAnnounced);
  await eventually('what was lost is void', async () => !(await mayConnect(credentialsOf(first[0]))));
});

story('the labels of a batch come as PDF, SVG and ZPL with a code for each device', async (tale) => {
  const terminal = await tale.terminal(operator);
  const count = kLabelsOnA4 + 1;
  const { rows, batchId } = await registered(terminal, stamp(), count);
  const labels = (format, output, ...more) => terminal.done('batches', 'labels', batchId, '--format', format, '--output', output, ...more);

  await labels('pdf', 'labels.pdf');
  assert.equal(readFileSync(terminal.path('labels.pdf')).subarray(0, 5).toString(), '%PDF-');
  const text = execFileSync('pdftotext', ['-layout', terminal.path('labels.pdf'), '-'], { encoding: 'utf8' });
  assert.equal(text.split('\f').length - 1, 2, 'one more than a sheet holds is on a second page');
  for (const { serial } of rows) assert.ok(text.includes(serial), `${serial} is printed`);

  await labels('svg', 'first.svg');
  await labels('svg', 'second.svg', '--page', '2');
  for (const name of ['first.svg', 'second.svg']) assert.match(terminal.read(name), /^<svg [^>]*width="210\.00mm"[^]*<\/svg>\s*$/);
  assert.ok(terminal.read('first.svg').includes(rows[0].serial) && !terminal.read('first.svg').includes(rows[kLabelsOnA4].serial));
  assert.ok(terminal.read('second.svg').includes(rows[kLabelsOnA4].serial) && !terminal.read('second.svg').includes(rows[0].serial));

  const zpl = (await labels('zpl', '-', '--dpi', '300')).out;
  assert.equal(zpl.match(/\^XA/g).length, count);
  assert.equal(zpl.match(/\^XZ/g).length, count);
  assert.ok(rows.every(({ serial }) => zpl.includes(serial)));

  await terminal.done('labels', rows[0].serial, '--format', 'pdf', '--output', 'one.pdf');
  assert.ok(statSync(terminal.path('one.pdf')).size < statSync(terminal.path('labels.pdf')).size);
  await terminal.ends(kExit.invalid, ['batches', 'labels', batchId, '--format', 'svg', '--page', '3', '--output', 'third.svg']);
  await terminal.ends(kExit.notFound, ['batches', 'labels', '0'.repeat(24), '--output', 'none.pdf']);
  assert.ok(!terminal.has('third.svg') && !terminal.has('none.pdf'), 'a refusal leaves no file');
});

story('devices are listed, shown and edited, for people and as JSON', async (tale) => {
  const terminal = await tale.terminal(operator);
  const serial = stamp();
  const { rows } = await registered(terminal, serial, 3);
  const [first] = rows;
  const listed = await terminal.done('devices', 'list', '--query', serial, '--limit', '2');
  assert.match(listed.lines[0], /^SERIAL +NAME +GROUP +MODEL +CONNECTED +LAST SEEN$/);
  assert.deepEqual(listed.lines.slice(1).map((line) => line.split(' ')[0]), [rows[0].serial, rows[1].serial]);
  assert.match(listed.err, /There are more: --all or --limit shows them\./);
  assert.equal((await terminal.json('devices', 'list', '--query', serial, '--all')).items.length, 3);

  const firmware = await tale.firmware(credentialsOf(first));
  await eventually('who is connected is told', async () => (await terminal.done('devices', 'list', '--query', serial, '--state', 'connected', '--quiet')).out === `${first.serial}\n`);
  firmware.report({ rpm: 1500 });
  await eventually('the last value is shown', async () => /^rpm +1500/m.test((await terminal.done('devices', 'show', first.serial)).out));

  assert.equal((await terminal.done('devices', 'edit', first.serial, '--name', 'Büro, "Süd"', '--tag', 'floor=9', '--tag', 'wing=b')).out, `Changed ${first.serial}.\n`);
  await terminal.done('devices', 'edit', first.serial, '--untag', 'wing', '--tag', 'room=1');
  const { name, tags, deviceId } = await terminal.json('devices', 'show', first.serial);
  assert.equal(name, 'Büro, "Süd"');
  assert.equal(deviceId, first.device_id);
  assert.deepEqual(tags, { floor: '9', fuel: 'diesel', room: '1' });
  assert.match((await terminal.done('devices', 'show', first.serial)).out, /^TAGS +floor=9, fuel=diesel, room=1$/m);
  await terminal.ends(kExit.notFound, ['devices', 'edit', `${serial}-NONE`, '--name', 'x']);
});

story('a device is released and given back: new credentials, then the old ones again, and the ledger tells of both', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Coming back');
  await firmware.close();
  const terminal = await tale.terminal(sadler.admin);
  const release = ['devices', 'release', device.serial, '--output', 'released.csv'];
  await terminal.ends(kExit.usage, release);
  assert.ok(!terminal.has('released.csv'), 'nothing is left of what was not confirmed');
  const { groupId } = await terminal.json('devices', 'show', device.serial);
  await terminal.done(...release, '--yes');
  assert.equal(terminal.modeOf('released.csv'), '600');
  const [row] = rowsOf(terminal.read('released.csv'));
  const fresh = { ...device, accessKey: row.access_key, accessSecret: row.access_secret };
  await eventually('the new credentials are taken', () => mayConnect(fresh));
  await eventually('the old ones are void', async () => !(await mayConnect(device)));
  await terminal.ends(kExit.notFound, ['devices', 'show', device.serial]);
  assert.ok((await terminal.done('devices', 'releases', '--quiet')).lines.includes(device.serial));

  await terminal.done('devices', 'undo-release', device.serial);
  const back = await terminal.json('devices', 'show', device.serial);
  assert.deepEqual([back.name, back.groupId], ['Coming back', groupId]);
  await eventually('the old credentials are taken again', () => mayConnect(device));
  await eventually('those of the release are void', async () => !(await mayConnect(fresh)));
  assert.ok(!(await terminal.done('devices', 'releases', '--quiet')).lines.includes(device.serial));
  const acts = (await terminal.json('ledger', 'show', device.serial)).items.map((each) => each.act);
  assert.deepEqual(acts.slice(0, 2), ['device.release_undone', 'device.released']);
});
