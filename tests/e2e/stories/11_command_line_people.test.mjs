// SPDX-License-Identifier: Apache-2.0
// Groups, people and recipes by turnkeyctl: made, changed, taken away, and seen so by everybody else.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { send } from '../harness/api.mjs';
import { operator, sadler, tekton, url } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { rowsOf } from '../harness/terminal.mjs';

const kExit = { usage: 2, notFound: 4, refused: 5, invalid: 6, conflict: 7 };
const kTenant = 'Sadler-Isberg';
let stamps = 0;
const stamp = () => `${Date.now().toString(36).toUpperCase()}${(stamps += 1)}`;

function namesBelow(tree, path) {
  let groups = tree.items;
  for (const name of path.split('/')) groups = groups.find((group) => group.name === name)?.children ?? [];
  return groups.map((group) => group.name);
}

story('a group is made by its path, renamed, moved and deleted; what is not empty and what is taken stand in the way', async (tale) => {
  const terminal = await tale.terminal(sadler.admin);
  const wing = `${kTenant}/Wing ${stamp()}`;
  const made = await terminal.done('groups', 'create', wing);
  const [, id] = /^Made .+ \(([0-9a-f]{24})\)\.\n$/.exec(made.out);
  await terminal.done('groups', 'create', `${wing}/Ward`);
  const taken = await terminal.ends(kExit.conflict, ['groups', 'create', `${wing}/Ward`]);
  assert.match(taken.err, /has this name already/);
  const nowhere = await terminal.ends(kExit.notFound, ['groups', 'create', `${wing} none/Ward`]);
  assert.match(nowhere.err, /You see no group ".+ none"/);

  const renamed = `House ${stamp()}`;
  await terminal.done('groups', 'rename', `${wing}/Ward`, renamed);
  assert.deepEqual(namesBelow(await terminal.json('groups', 'list'), wing), [renamed]);
  await terminal.ends(kExit.usage, ['groups', 'move', `${wing}/${renamed}`, '--to', `${kTenant}/South`]);
  await terminal.ends(kExit.conflict, ['groups', 'delete', wing, '--yes']);
  await terminal.done('groups', 'move', `${wing}/${renamed}`, '--to', `${kTenant}/South`, '--yes');
  const tree = await terminal.json('groups', 'list');
  assert.deepEqual(namesBelow(tree, wing), []);
  assert.ok(namesBelow(tree, `${kTenant}/South`).includes(renamed));
  assert.match((await terminal.done('groups', 'list')).out, new RegExp(`^ {4}${renamed} +0 +0 +[0-9a-f]{24}$`, 'm'));

  const foreign = await tale.terminal(tekton.admin);
  await foreign.ends(kExit.notFound, ['groups', 'delete', id, '--yes']);
  await terminal.done('groups', 'delete', `${kTenant}/South/${renamed}`, '--yes');
  await terminal.done('groups', 'delete', id, '--yes');
  await terminal.ends(kExit.notFound, ['groups', 'delete', id, '--yes']);
});

story('a person is invited by a link for their eyes alone, signs in by it, is edited, signed out and deleted', async (tale) => {
  const terminal = await tale.terminal(sadler.admin);
  const email = `console.${stamp().toLowerCase()}@sadler-isberg.example`;
  const invite = ['users', 'invite', email, '--name', 'Kim Lee', '--group', kTenant];
  const unsaid = await terminal.ends(kExit.usage, [...invite, '--role', 'viewer']);
  assert.match(unsaid.err, /--output FILE, or --show-secret/);
  const above = await terminal.ends(kExit.invalid, [...invite, '--role', 'operator', '--show-secret']);
  assert.match(above.err, /^ {2}role: viewer, technician or admin is needed$/m);
  assert.deepEqual((await terminal.json('users', 'list', '--query', email)).items, [], 'an admin gives no more than they have');
  await terminal.done(...invite, '--role', 'viewer', '--output', 'link');
  assert.equal(terminal.modeOf('link'), '600');
  const link = new URL(terminal.read('link').trim());
  assert.equal(link.origin + link.pathname, `${url}/welcome`);
  const redemption = { token: link.hash.slice(1), password: 'a few plain words' };
  const first = await send('POST', '/api/one-time-links/redemption', { body: redemption });
  assert.equal(first.status, 200, first.text);
  assert.equal(first.json.user.email, email);
  assert.notEqual((await send('POST', '/api/one-time-links/redemption', { body: redemption })).status, 200, 'the link works once');
  const own = await tale.terminal({ email, password: redemption.password });
  assert.equal((await own.json('whoami')).user.role, 'viewer');

  await terminal.done('users', 'edit', email, '--role', 'technician', '--tag', 'shift=night');
  const [listed] = (await terminal.json('users', 'list', '--query', email)).items;
  assert.deepEqual([listed.role, listed.name, listed.tags], ['technician', 'Kim Lee', { shift: 'night' }]);
  assert.match((await terminal.done('users', 'list', '--query', email)).out, new RegExp(`^${email} +Kim Lee +technician +${kTenant} +${listed.id}$`, 'm'));
  const cookie = first.headers['set-cookie'][0].split(';')[0];
  assert.equal((await send('GET', '/api/session', { cookie })).status, 200);
  await terminal.done('users', 'sign-out', email);
  await eventually('their sessions have ended', async () => (await send('GET', '/api/session', { cookie })).status === 401);

  const foreign = await tale.terminal(tekton.admin);
  await foreign.ends(kExit.notFound, ['users', 'delete', listed.id, '--yes']);
  await terminal.done('users', 'delete', email, '--yes');
  await terminal.ends(kExit.notFound, ['users', 'delete', email, '--yes']);
  await eventually('their token is over', async () => (await own.run(['whoami'])).exit === kExit.refused);
});

story('a recipe is copied from what show tells, changed by a file, and devices are made of it', async (tale) => {
  const terminal = await tale.terminal(operator);
  const name = `Console ${stamp()}`;
  const like = await terminal.json('recipes', 'show', 'Generator gateway');
  terminal.write('recipe.json', JSON.stringify({ ...like, name, checkedSerials: false, serialPrefix: 'CMD' }));
  const { id } = await terminal.json('recipes', 'create', 'recipe.json');
  const taken = await terminal.ends(kExit.conflict, ['recipes', 'create', 'recipe.json']);
  assert.match(taken.err, /^A recipe with this name exists\.$/m);
  assert.ok((await terminal.done('recipes', 'list')).out.includes(name));

  assert.equal((await terminal.json('recipes', 'show', name)).window_s, like.window_s);
  await terminal.ends(0, ['recipes', 'edit', name, '-'], { input: '{"window_s":600,"tags":{"made":"by console"},"commands":null}' });
  const changed = await terminal.json('recipes', 'show', id);
  assert.equal(changed.window_s, 600);
  assert.deepEqual(changed.tags, { made: 'by console' }, 'a field is changed as a whole');
  assert.deepEqual(changed.commands, [], "null brings a field's default back");
  assert.deepEqual(changed.attributes, like.attributes);
  const wrong = await terminal.ends(kExit.invalid, ['recipes', 'edit', name, '-'], { input: '{"window_s":1}' });
  assert.match(wrong.err, /^ {2}window_s: /m);
  const broken = await terminal.ends(kExit.invalid, ['recipes', 'edit', name, '-'], { input: '{"window_s":' });
  assert.match(broken.err, /is no JSON object/);
  assert.equal((await terminal.json('recipes', 'show', id)).window_s, 600);
  await terminal.ends(kExit.notFound, ['recipes', 'show', `${name} none`]);

  await terminal.done('devices', 'import', '--count', '2', '--recipe', name, '--output', 'made.csv', '--yes');
  const rows = rowsOf(terminal.read('made.csv'));
  assert.equal(rows.length, 2);
  for (const row of rows) {
    assert.match(row.serial, /^CMD-/);
    const { recipe, tags } = await terminal.json('devices', 'show', row.serial);
    assert.equal(recipe.name, name);
    assert.equal(tags.made, 'by console');
  }
});

story('what a role may not is refused on the command line as it is on the pages', async (tale) => {
  const viewer = await tale.terminal(sadler.viewer);
  const { items } = await viewer.json('devices', 'list', '--all');
  assert.ok(items.length > 0, 'a viewer sees devices');
  const before = await viewer.json('devices', 'show', items[0].serial);
  for (const refused of [['devices', 'edit', items[0].serial, '--name', 'No'], ['devices', 'release', items[0].serial, '--yes', '--show-secret'],
    ['groups', 'rename', kTenant, 'No'], ['users', 'list'], ['ledger', 'verify']]) {
    const ran = await viewer.run(refused);
    assert.ok([kExit.notFound, kExit.refused].includes(ran.exit), ran.told);
    assert.equal(ran.out, '');
  }
  const { name, groupId } = await viewer.json('devices', 'show', items[0].serial);
  assert.deepEqual([name, groupId], [before.name, before.groupId]);
});
