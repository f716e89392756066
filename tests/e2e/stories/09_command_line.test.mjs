// SPDX-License-Identifier: Apache-2.0
// turnkeyctl before the whole system: who signs in and how, tokens of scripts, and what it says when it cannot.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { story } from '../harness/story.mjs';
import { demo, operator, sadler, url } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { program } from '../harness/terminal.mjs';

const kKept = 'settings/turnkey/credentials.json';
const kExit = { failed: 1, usage: 2, notFound: 4, refused: 5, invalid: 6, conflict: 7, unreachable: 8 };
const login = (who, ...more) => ['login', url, '--cafile', demo.cafile, '--email', who.email, ...more];
const outside = { TURNKEY_URL: url, TURNKEY_CAFILE: demo.cafile };
const stamp = () => Date.now().toString(36).toUpperCase();

/** A port where nobody listens: it was free a moment ago. */
async function silentPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

story('ops signs in with a password from a file: a token is kept, readable by them alone, and the password is not', async (tale) => {
  const terminal = await tale.terminal();
  terminal.write('password', `${operator.password}\n`);
  const ran = await terminal.done(...login(operator, '--password-file', 'password'));
  assert.match(ran.out, new RegExp(`^Signed in at ${url} as .+ \\(operator\\)\\.\n$`));
  assert.equal(terminal.modeOf(kKept), '600');
  assert.equal(terminal.modeOf('settings/turnkey'), '700');
  const kept = terminal.read(kKept);
  assert.match(kept, /tk_[0-9a-f]{64}/);
  assert.ok(!kept.includes(operator.password), 'the password is kept nowhere');
  const { user, scopes } = await terminal.json('whoami');
  assert.equal(user.email, operator.email);
  assert.deepEqual([...scopes].sort(), ['batches', 'devices', 'people', 'provision', 'read', 'recipes', 'tokens']);

  const token = JSON.parse(kept).token;
  await terminal.done('logout');
  assert.ok(!terminal.has(kKept));
  terminal.write('old-token', `${token}\n`);
  await eventually('the server has forgotten the token too', async () =>
    (await terminal.run(['whoami', '--token-file', 'old-token'], { env: outside })).exit === kExit.refused);
});

story('on a terminal the password is asked for and not shown', async (tale) => {
  const terminal = await tale.terminal();
  const command = [program(), ...login(operator)].map((word) => `'${word}'`).join(' ');
  const child = terminal.spawn('script', ['--quiet', '--return', '--command', command, '/dev/null']);
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (seen += text));
  const exit = new Promise((resolve) => child.once('close', resolve));
  await eventually('the password is asked for', () => seen.includes('Password: '));
  child.stdin.write(`${operator.password}\n`);
  assert.equal(await exit, 0, seen);
  assert.match(seen, /Signed in at /);
  assert.ok(!seen.includes(operator.password), 'what is typed is not shown');
  await terminal.done('whoami');
});

story('without a terminal and without a file there is no sign-in, nor by a file that others can read', async (tale) => {
  const terminal = await tale.terminal();
  const asked = await terminal.ends(kExit.usage, login(operator), { input: `${operator.password}\n` });
  assert.match(asked.err, /--password-file/);
  terminal.write('open', `${operator.password}\n`, 0o644);
  const open = await terminal.ends(kExit.refused, login(operator, '--password-file', 'open'));
  assert.match(open.err, /chmod 600 open/);
  assert.ok(!terminal.has(kKept));
});

story('a wrong password and an unknown person are refused in the same words, and nothing is kept', async (tale) => {
  const terminal = await tale.terminal();
  terminal.write('password', 'not the password\n');
  const wrong = await terminal.ends(kExit.refused, login(sadler.viewer, '--password-file', 'password'));
  assert.equal(wrong.err, 'The email or the password is wrong.\n');
  const unknown = await terminal.ends(kExit.refused, login({ email: 'nobody@nowhere.example' }, '--password-file', 'password'));
  assert.equal(unknown.err, wrong.err);
  const asJson = await terminal.ends(kExit.refused, login(sadler.viewer, '--password-file', 'password', '--json'));
  assert.equal(asJson.out, '');
  assert.equal(asJson.problem.code, 'unauthorized');
  assert.equal(asJson.problem.status, 401);
  assert.ok(!terminal.has(kKept));
});

story('nobody there, an authority that is not trusted, nobody signed in: each has its words and its exit code', async (tale) => {
  const terminal = await tale.terminal();
  terminal.write('token', `tk_${'0'.repeat(64)}\n`);
  const silent = `https://localhost:${await silentPort()}`;
  const away = await terminal.ends(kExit.unreachable, ['devices', 'list', '--url', silent, '--token-file', 'token']);
  assert.equal(away.err, `${silent} cannot be reached.\n`);
  const stranger = await terminal.ends(kExit.failed, ['devices', 'list', '--url', url, '--token-file', 'token']);
  assert.match(stranger.err, /certificate of .+ is not to be trusted .+ --cafile/);
  const nobody = await terminal.ends(kExit.refused, ['devices', 'list'], { env: outside });
  assert.match(nobody.err, /You are not signed in at .+: turnkeyctl login /);
  const forged = await terminal.ends(kExit.refused, ['devices', 'list', '--token-file', 'token'], { env: outside });
  assert.match(forged.err, /turnkeyctl login URL signs in/);
});

story('an unknown device, a misspelt command, a field that is not right: documented codes, as words and as JSON', async (tale) => {
  const terminal = await tale.terminal(operator);
  const unknown = ['devices', 'show', `GEN-${stamp()}`];
  assert.equal((await terminal.ends(kExit.notFound, unknown)).err, 'There is no such thing here, or it is not yours.\n');
  const { problem, out } = await terminal.ends(kExit.notFound, [...unknown, '--json']);
  assert.equal(out, '');
  assert.deepEqual([problem.code, problem.status], ['not_found', 404]);
  await terminal.ends(kExit.usage, ['devices', 'shwo', 'GEN-1']);
  await terminal.ends(kExit.usage, ['devices', 'edit', 'GEN-1']);
  terminal.write('recipe.json', '{"window_s":-1}');
  const wrong = await terminal.ends(kExit.invalid, ['recipes', 'edit', 'Generator gateway', 'recipe.json', '--json']);
  assert.equal(wrong.problem.errors[0].field, 'window_s');
});

story('a foreign device is as unknown to another tenant as one that is not there', async (tale) => {
  const device = await tale.device();
  const terminal = await tale.terminal(sadler.admin);
  const foreign = await terminal.ends(kExit.notFound, ['devices', 'show', device.serial, '--json']);
  const missing = await terminal.ends(kExit.notFound, ['devices', 'show', `${device.serial}X`, '--json']);
  assert.equal(foreign.err, missing.err);
});

story("a script's token reads, is refused everything else, and ends when it is revoked", async (tale) => {
  const terminal = await tale.terminal(operator);
  const device = await tale.device();
  const name = `Nightly ${stamp()}`;
  const unsaid = await terminal.ends(kExit.usage, ['tokens', 'create', name, '--scope', 'read']);
  assert.match(unsaid.err, /--output FILE, or --show-secret/);
  const made = await terminal.json('tokens', 'create', name, '--scope', 'read', '--expires-in', '2d', '--output', 'token');
  assert.equal(terminal.modeOf('token'), '600');
  const secret = terminal.read('token').trim();
  assert.match(secret, /^tk_[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify(made).includes(secret), 'with --output the document is without the secret');

  const script = await tale.terminal();
  script.write('token', `${secret}\n`);
  const env = { ...outside, TURNKEY_TOKEN_FILE: 'token' };
  const { scopes } = (await script.ends(0, ['whoami', '--json'], { env })).json;
  assert.deepEqual(scopes, ['read']);
  const listed = await script.ends(0, ['devices', 'list', '--query', device.serial, '--json'], { env });
  assert.deepEqual(listed.json.items.map((each) => each.serial), [device.serial]);
  script.write('serials.csv', `serial\nE2E-${stamp()}\n`);
  script.write('recipe.json', '{"window_s":60}');
  for (const refused of [
    ['devices', 'edit', device.serial, '--name', 'No'], ['devices', 'release', device.serial, '--yes', '--show-secret'], ['devices', 'delete', device.serial, '--yes'],
    ['devices', 'import', 'serials.csv', '--recipe', 'Generator gateway', '--yes'], ['groups', 'create', `No ${stamp()}`],
    ['users', 'invite', 'no@sadler-isberg.example', '--name', 'No', '--role', 'viewer', '--group', 'Sadler-Isberg', '--show-secret'],
    ['recipes', 'edit', 'Generator gateway', 'recipe.json'], ['tokens', 'create', 'wider', '--scope', 'devices', '--show-secret'], ['registration-keys', 'rotate'],
  ]) {
    const ran = await script.ends(kExit.refused, refused, { env });
    assert.match(ran.err, refused[0] === 'users' ? /It takes a sign-in by hand, or a token with every scope/ : /This token was not made for that\./, ran.told);
    assert.equal(ran.out, '');
  }
  assert.equal((await terminal.json('devices', 'show', device.serial)).name, device.serial);

  const { items } = await terminal.json('tokens', 'list');
  const { id } = items.find((each) => each.name === name);
  await terminal.done('tokens', 'revoke', id);
  await eventually('the token is over', async () => (await script.run(['whoami'], { env })).exit === kExit.refused);
});
