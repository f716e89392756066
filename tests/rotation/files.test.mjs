// SPDX-License-Identifier: Apache-2.0
// What the steps of a rotation do to a folder of files, with no server: certificates of a company's own, files written by hand, and
// steps that are cut off wherever they can be.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const kMs = { timeout: 120_000 };
const kLib = fileURLToPath(new URL('../../deploy/lib', import.meta.url));
const kRotate = fileURLToPath(new URL('../../deploy/rotate-secrets', import.meta.url));
const kBegin = `set -euo pipefail; for part in common secrets rotate processes; do . "${kLib}/$part.sh"; done; HOST=turnkey.example DATA=$1;`;
// As deploy/docker/bin/init has it.
const kInner = 'inner() { local a=$DATA/tls/inner; make_authority "$a" "Turnkey inner CA"; [ ! -s "$a-next.crt" ] || a+=-next; issue_certificate "$a" "$DATA/tls/broker" broker DNS:broker; };';
// All ends before the Nth command that may change a file, as by a power cut.
const cut = (n) => `set -T; n=0; trap 'case $BASH_COMMAND in cat*|cp*|mv*|rm*|openssl*|printf*|echo*) [ $((n += 1)) -lt ${n} ] || kill -KILL $$ ;; esac' DEBUG;`;

const folder = mkdtempSync(join(tmpdir(), 'turnkey-rotation.'));
after(() => rmSync(folder, { recursive: true, force: true }));
let copies = 0;
let made;
const copy = (from = made) => {
  const to = join(folder, `${(copies += 1)}`);
  if (from !== undefined) cpSync(from, to, { recursive: true, preserveTimestamps: true });
  return to;
};
const bash = async (data, text, env) => (await promisify(execFile)('bash', ['-c', kBegin + kInner + text, 'bash', data], { env: { ...process.env, ...env } })).stdout;
const file = (data, name) => join(data, name);
const read = (data, name) => readFileSync(file(data, name), 'utf8');
const mode = (data, name) => (statSync(file(data, name)).mode & 0o777).toString(8);
const parts = (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
const verifies = (data, authority, name) => bash(data, `openssl verify -CAfile "$DATA/tls/${authority}" "$DATA/tls/${name}"`).then(() => true, () => false);
const hasKey = (data, name) => bash(data, `[ "$(openssl x509 -in "$DATA/tls/${name}.crt" -noout -pubkey)" = "$(openssl pkey -in "$DATA/tls/${name}.key" -pubout)" ]`).then(() => true, () => false);

before(async () => {
  made = copy();
  await bash(made, 'mkdir -p "$DATA"; make_secrets; make_certificates; inner');
});

const ownChain = async () => {
  const data = copy();
  await bash(data, 'cd "$DATA/tls"; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=turnkey.example -keyout server.key -out server.crt 2>/dev/null');
  return data;
};

test("a company's own certificate and key are left alone: by every start, and by a rotation, where it is no secret of Turnkey's", kMs, async () => {
  const data = await ownChain();
  const [crt, key] = [read(data, 'tls/server.crt'), read(data, 'tls/server.key')];
  assert.doesNotMatch(await bash(data, 'rotatable; make_certificates; list_secrets; HOST=other.example; make_certificates'), /server-certificate/);
  await assert.rejects(bash(data, 'rotation_step switch server-certificate'), /server-certificate is no secret that is rotated here/);
  for (const step of ['announce', 'change']) await assert.rejects(bash(data, `rotation_step ${step}`), /not of an authority of Turnkey's own/);
  assert.deepEqual([read(data, 'tls/server.crt'), read(data, 'tls/server.key')], [crt, key]);
});

test("a certificate of Turnkey's own is another one after a rotation, and also once it has ended", kMs, async () => {
  const data = copy();
  const crt = read(data, 'tls/server.crt');
  await bash(data, 'rotation_step switch server-certificate; make_certificates');
  const rotated = read(data, 'tls/server.crt');
  assert.notEqual(rotated, crt);
  await bash(data, 'cd "$DATA/tls"; openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -days -1 -out server.crt 2>/dev/null; make_certificates');
  assert.equal(await verifies(data, 'ca.crt', 'server.crt'), true);
  assert.equal(await hasKey(data, 'server'), true);
});

test("the site's authority is changed with owners and modes as they were, and who serves knows it from then on", kMs, async () => {
  const data = copy();
  await bash(data, 'chmod 644 "$DATA/tls/ca.crt" "$DATA/tls/server.crt"; chmod 640 "$DATA/tls/server.key"');
  await assert.rejects(bash(data, 'rotation_step change'), /announce the next authority first/);
  const older = read(data, 'tls/ca.crt');
  await bash(data, 'rotation_step announce; rotation_step announce; make_certificates');
  assert.equal(parts(read(data, 'tls/ca.crt')).length, 2);
  await bash(data, 'rotation_step change; make_certificates');
  assert.equal(await verifies(data, 'ca-next.crt', 'server.crt'), true);
  assert.equal(parts(read(data, 'tls/ca.crt')).length, 2, 'both are trusted until proxy and broker have read it');
  await bash(data, 'rotation_step forget; make_certificates');
  assert.equal(parts(read(data, 'tls/ca.crt')).length, 1);
  assert.notEqual(read(data, 'tls/ca.crt'), older);
  assert.equal(await verifies(data, 'ca.crt', 'server.crt'), true);
  assert.deepEqual(['ca.crt', 'server.crt', 'server.key', 'ca.key'].map((name) => mode(data, `tls/${name}`)), ['644', '644', '640', '600']);
  assert.equal(existsSync(file(data, 'tls/ca-next.crt')), false);
});

/** Cuts `commands` off after each of its steps, does them again, and asks whether all is as `holds` says. */
async function cutOffEverywhere(from, commands, holds) {
  for (let n = 1, whole = false; !whole; n += 1) {
    const data = copy(from);
    whole = await bash(data, cut(n) + commands).then(() => true, (error) => {
      assert.equal(error.signal, 'SIGKILL', error.stderr);
      return false;
    });
    await bash(data, commands).catch((error) => assert.fail(`cut off before ${n}: ${error.stderr}`));
    await holds(data, `cut off before ${n}`);
    rmSync(data, { recursive: true });
    assert.ok(n < 100);
  }
}

test('announcing the next authority can be cut off anywhere: the same command ends it', kMs, () =>
  cutOffEverywhere(made, 'rotation_step announce', async (data, when) => {
    const known = parts(read(data, 'tls/ca.crt'));
    assert.equal(known.length, 2, when);
    assert.deepEqual(known[1], parts(read(data, 'tls/ca-next.crt'))[0], when);
    assert.equal(await hasKey(data, 'ca-next'), true, when);
  }));

test('changing to the announced authority can be cut off anywhere: the same command goes on', kMs, async () => {
  const announced = copy();
  await bash(announced, 'rotation_step announce');
  const [, next] = parts(read(announced, 'tls/ca.crt'));
  await cutOffEverywhere(announced, 'rotation_step change; make_certificates', async (data, when) => {
    assert.equal(await verifies(data, 'ca-next.crt', 'server.crt'), true, when);
    assert.equal(await hasKey(data, 'server'), true, when);
  });
  await bash(announced, 'rotation_step change');
  await cutOffEverywhere(announced, 'rotation_step forget', async (data, when) => {
    assert.deepEqual(parts(read(data, 'tls/ca.crt')), [next], when);
    assert.equal(await hasKey(data, 'ca'), true, when);
    assert.equal(await verifies(data, 'ca.crt', 'server.crt'), true, when);
  });
});

test('a rotation of the inner authority and of a password can be cut off anywhere: the same command goes on', kMs, () =>
  cutOffEverywhere(made, 'names="inner-authority mqtt-registry"; begin_rotation $names; inner; switch_certificates $names; inner; finish_rotation $names; inner', async (data, when) => {
    assert.notEqual(read(data, 'tls/inner.crt'), read(made, 'tls/inner.crt'), when);
    assert.equal(await hasKey(data, 'inner'), true, when);
    assert.equal(await hasKey(data, 'broker'), true, when);
    assert.equal(await verifies(data, 'inner.crt', 'broker.crt'), true, when);
    assert.match(read(data, 'secrets/mqtt-registry'), /^[0-9a-f]{64}\n$/, when);
    assert.notEqual(read(data, 'secrets/mqtt-registry'), read(made, 'secrets/mqtt-registry'), when);
  }));

test('a file of a secret that was written by hand keeps its secret: without an end of its line, with blank lines, with blanks', kMs, async () => {
  for (const text of ['older', 'older\n\n', '\nolder', ' older \n \n']) {
    const data = copy();
    writeFileSync(file(data, 'secrets/database-broker'), text);
    assert.equal(await bash(data, 'newest_secret "$DATA/secrets/database-broker"; ! is_rotated "$DATA/secrets/database-broker"; broker_database host=there'), 'older\nhost=there password=older\n');
    await bash(data, 'rotation_step begin database-broker');
    const [older, newer] = read(data, 'secrets/database-broker').split('\n');
    assert.equal(older, 'older');
    assert.match(newer, /^[0-9a-f]{64}$/);
    assert.equal(await bash(data, 'is_rotated "$DATA/secrets/database-broker"; broker_database host=there'), `host=there password=older\nhost=there password=${newer}\n`);
    await bash(data, 'rotation_step finish database-broker');
    assert.equal(read(data, 'secrets/database-broker'), `${newer}\n`);
  }
});

test('a number that the registry does not know is not taken for none', kMs, async () => {
  const source = readFileSync(kRotate, 'utf8');
  const ask = (text) => bash(folder, `${source.match(/^number_of\(\).*$/m)[0]}\nprintf '%s\\n' 'other 7' '${text}' | number_of sealed`);
  for (const [text, number] of [['sealed 0', '0'], ['sealed 3', '3'], ['sealed 1733032800', '1733032800'], ['sealed NaN', '-1'], ['sealed -nan', '-1'], ['', '-1']]) assert.equal(await ask(text), `${number}\n`, text);
});

test('settings of processes reach the plain shell that runs them in any alphabet', kMs, async () => {
  const name = "Tür & Schlüssel's \\ \"$HOME\" `id`";
  for (const locale of ['C', 'C.UTF-8']) {
    const text = await bash(folder, 'settings "TURNKEY_PRODUCT_NAME=$NAME" | { cat; echo \'printf %s "$TURNKEY_PRODUCT_NAME"\'; } | sh', { NAME: name, LC_ALL: locale });
    assert.equal(text, name, locale);
  }
  await assert.rejects(bash(folder, 'check_brand_settings', { TURNKEY_PRODUCT_NAME: 'a\nTURNKEY_HTTP_PORT=1' }), /TURNKEY_PRODUCT_NAME: a control character is in it/);
});

test('a branding folder may be empty or have folders in it; what is in it counts, and by which name', kMs, async () => {
  const data = copy();
  const hash = (change) => bash(data, `mkdir -p "$DATA/branding" "$DATA/run"; ${change}; PROCESSES=() PROGRAMS=$DATA; mkdir -p "$DATA/postgres"; touch "$DATA/version" "$DATA/run/nginx.conf" "$DATA/postgres/quickstart.conf"; configuration`);
  const hashes = [];
  for (const change of [':', 'touch -d @5 "$DATA/branding"', 'mkdir "$DATA/branding/sub"', 'echo logo >"$DATA/branding/logo.svg"', 'mv "$DATA/branding/logo.svg" "$DATA/branding/mark.svg"']) hashes.push(await hash(change));
  assert.equal(hashes[1], hashes[0], 'its time does not count');
  assert.equal(new Set(hashes).size, 4);
});
