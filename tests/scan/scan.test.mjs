// SPDX-License-Identifier: Apache-2.0
// The scanner reads at least as many of a set of bad pictures as the library alone, and takes nothing for what it is not.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStand } from './stand.mjs';

const frames = process.env['TURNKEY_SCAN_FRAMES'];
const dist = process.env['TURNKEY_WEB_DIST'];
if (frames === undefined || dist === undefined) throw new Error('run these tests by tests/scan/run');
const rules = { labelHost: 'turnkey.example.com', checkedPrefixes: ['GEN'] };
const kStrangers = { foreign: 'foreign', 'one wrong character': 'misread' };
const kTwo = 'two labels';

/** Every frame with what the app and the library made of it. */
let seen;
let stand;

const linkOf = (serial) => `HTTPS://${rules.labelHost}/D/${serial}`.toUpperCase();
const isOne = (frame) => frame.serials.length === 1;
const appRead = (frame) => frame.app.kind === 'found' && frame.app.serial === frame.serials[0];
const aloneRead = (frame) => frame.alone.includes(linkOf(frame.serials[0]));

before(async () => {
  stand = await openStand({ dist, frames });
  seen = [];
  for (const frame of JSON.parse(readFileSync(join(frames, 'frames.json'), 'utf8'))) seen.push({ ...frame, ...(await stand.see(frame.file, rules)) });
}, { timeout: 600_000 });
after(() => stand?.close());

function print(title, rows) {
  console.log([title, ...rows].map((row) => row.map((cell, at) => String(cell).padEnd(at === 0 ? 22 : 9)).join('')).join('\n'));
}

test('the scanner reads at least as many bad pictures of labels as the library alone', () => {
  const ours = seen.filter(isOne);
  const count = (all) => [all.length, all.filter(appRead).length, all.filter(aloneRead).length];
  print(['one label', 'frames', 'scanner', 'alone'], [...[...new Set(ours.map((frame) => frame.kind))].map((kind) => [kind, ...count(ours.filter((frame) => frame.kind === kind))]), ['together', ...count(ours)]]);
  const [all, app, alone] = count(ours);
  assert.ok(app >= alone, `${app} of ${all}, alone ${alone}`);
  assert.ok(app > all / 2, 'the set is one that can be read');
});

test('not one serial is accepted that is not in the picture', () => {
  const wrong = seen.filter((frame) => frame.app.kind === 'found' && !frame.serials.includes(frame.app.serial));
  assert.deepEqual(wrong.map((frame) => [frame.file, frame.kind, frame.app.serial]), []);
});

test('two labels in one picture are named as two, and none is taken', () => {
  const two = seen.filter((frame) => frame.kind === kTwo);
  const both = two.filter((frame) => frame.serials.every((serial) => frame.alone.includes(linkOf(serial))));
  print(['two labels', 'frames', 'named', 'alone'], [['', two.length, two.filter((frame) => frame.app.kind === 'several').length, both.length]]);
  assert.ok(both.length > 0);
  assert.deepEqual(both.filter((frame) => frame.app.kind !== 'several').map((frame) => frame.file), []);
});

test('other codes are named as such: of other products and hosts, and of ours with one wrong character', () => {
  for (const [kind, name] of Object.entries(kStrangers)) {
    const strange = seen.filter((frame) => frame.kind === kind);
    const readable = strange.filter((frame) => frame.alone.length > 0);
    print([kind, 'frames', 'named', 'alone'], [['', strange.length, strange.filter((frame) => frame.app.kind === name).length, readable.length]]);
    assert.ok(readable.length > 0, kind);
    assert.deepEqual(readable.filter((frame) => frame.app.kind !== name).map((frame) => [frame.file, frame.app.kind]), []);
  }
});
