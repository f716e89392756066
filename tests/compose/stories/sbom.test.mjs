// SPDX-License-Identifier: Apache-2.0
// What each image says that it is made of, against what is in it: asked of dpkg, of the files and of the running processes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { driver } from '../../e2e/harness/driver.mjs';

const kSource = fileURLToPath(new URL('../../..', import.meta.url));
const kDocument = '/usr/share/turnkey/sbom.cdx.json';
const kCompiledIn = 'its code is compiled into the programs';

/** Every container of an image that is ours: what is asked of it, and what it says that it is made of. A job that ended is asked in a new container of its image. */
async function containers() {
  const all = [];
  for (const id of (await driver.compose('ps', '-aq')).trim().split('\n')) {
    const { Config: config, State: state } = JSON.parse(await driver.inspect(id, '{{json .}}'));
    if (!config.Image.startsWith('turnkey-')) continue;
    const ask = (...command) => (state.Running ? driver.engine('exec', id, ...command)
      : driver.engine('run', '--rm', '--network', 'none', '--entrypoint', command[0], config.Image, ...command.slice(1)));
    const text = await ask('cat', kDocument);
    all.push({ name: config.Labels['com.docker.compose.service'], image: config.Image.split(':')[0], pid: state.Pid, ask, text, bom: JSON.parse(text) });
  }
  return all;
}
const every = await containers();
const debian = (bom) => bom.components.filter((each) => each.purl?.startsWith('pkg:deb/'));
const lines = (text) => text.split('\n').filter(Boolean).sort();

test('S25 every image holds the list of its parts, under its own name and well formed', () => {
  const images = new Set(readFileSync(join(kSource, 'docker-compose.yml'), 'utf8').match(/(?<=image: )turnkey-[a-z-]+/g));
  assert.deepEqual([...new Set(every.map(({ image }) => image))].sort(), [...images].sort());
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
  try {
    for (const { image, name, text, bom } of every) {
      assert.equal(bom.metadata.component.name, image);
      writeFileSync(join(folder, `${name}.cdx.json`), text);
    }
    execFileSync(join(kSource, 'tests/sbom/check.py'), ['--form', ...every.map(({ name }) => join(folder, `${name}.cdx.json`))]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('S25 the list of an image names the Debian packages that dpkg finds in it, each in its version', async () => {
  for (const { name, ask, bom } of every) {
    const installed = await ask('dpkg-query', '-W', '-f', '${db:Status-Status} ${Package} ${Version} ${Architecture}\n');
    const listed = debian(bom).filter((each) => each.description !== kCompiledIn)
      .map((each) => `installed ${each.name} ${each.version} ${/arch=(\w+)/.exec(each.purl)[1]}`);
    assert.deepEqual(listed.sort(), lines(installed), name);
  }
});

test('S25 the list of an image holds the digest of every program and script of ours in it, and of no other', async () => {
  for (const { name, ask, bom } of every) {
    const found = await ask('find', '/usr/lib/turnkey', '-type', 'f', '-exec', 'sha256sum', '{}', '+');
    const listed = bom.components.filter((each) => each.hashes).map((each) => `${each.hashes[0].content}  /usr/lib/turnkey/${each.name}`);
    assert.deepEqual(listed.sort(), lines(found), name);
  }
});

test('S25 every library that a running program has loaded is ours or of a package on the list', async () => {
  for (const { name, pid, ask, bom } of every.filter((each) => each.pid > 0)) {
    const mapped = new Set(readFileSync(`/proc/${pid}/maps`, 'utf8').match(/(?<= )\/\S+\.so[.\d]*$/gm));
    const files = [...mapped].filter((file) => !file.startsWith('/usr/lib/turnkey/'));
    if (files.length === 0) continue; // linked statically
    // Packages name the same folder /lib or /usr/lib: of each pair dpkg finds one, and complains of the other.
    const short = (file) => file.replace(/^\/usr/, '');
    const answer = await ask('sh', '-c', 'dpkg -S "$@" 2>/dev/null || true', 'sh', ...files, ...files.map(short));
    const owners = new Map(lines(answer).map((line) => [short(line.split(': ')[1]), line.split(':')[0]]));
    const packages = new Set(debian(bom).map((each) => each.name));
    for (const file of files) assert.ok(packages.has(owners.get(short(file))), `${name}: ${file} is of ${owners.get(short(file))}`);
  }
});

test('S25 the list of an image with compiled programs names what was compiled in; that of the proxy what is in the web app', () => {
  const compiled = lines(readFileSync(join(kSource, 'deploy/packages/compiled-in.txt'), 'utf8'));
  const { dependencies } = JSON.parse(readFileSync(join(kSource, 'services/experience-gateway/web/package.json'), 'utf8'));
  for (const { name, bom } of every) {
    const named = debian(bom).filter((each) => each.description === kCompiledIn).map((each) => each.name);
    const ours = bom.components.some((each) => each.hashes && each.type !== 'file');
    assert.deepEqual(named.sort(), ours ? compiled : [], name);
    const npm = new Map(bom.components.filter((each) => each.scope === 'required').map((each) => [each.name, each.version]));
    if (name !== 'proxy') assert.equal(npm.size, 0, name);
    else for (const [each, version] of Object.entries(dependencies)) assert.equal(npm.get(each), version, each);
  }
});
