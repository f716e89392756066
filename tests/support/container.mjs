// SPDX-License-Identifier: Apache-2.0
// What the images are made of, without containers: the entrypoints of deploy/docker/bin as they are, but for their folders, which
// lie below a folder of the test, and for what the test changes.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'deploy/docker/bin');
const FOLDERS = /(?<![\w.}])\/(usr\/lib\/turnkey|usr\/share\/turnkey|secrets|tls|tmp|data|metrics|challenges|certificate|own)(?=[/|"\s)]|$)/gm;

/**
 * The root of a container at `folder`: all entrypoints, the files of the clone that `share` names under the names that the image
 * gives them, and volumes: names that lead to folders. Changes are pairs of text, each of which some entrypoint must have.
 */
export function containerAt(folder, { share = {}, volumes = {}, changes = [] } = {}) {
  const bin = join(folder, 'usr/lib/turnkey/bin');
  for (const each of [bin, join(folder, 'usr/share/turnkey/web'), join(folder, 'tmp')]) mkdirSync(each, { recursive: true });
  for (const [name, from] of Object.entries(share)) copyFileSync(join(ROOT, from), join(folder, 'usr/share/turnkey', name));
  for (const [name, to] of Object.entries(volumes)) symlinkSync(to, join(folder, name));
  const missed = new Set(changes.map(([from]) => from));
  for (const name of readdirSync(BIN)) {
    let script = readFileSync(join(BIN, name), 'utf8');
    for (const [from, to] of changes) {
      if (script.includes(from)) missed.delete(from);
      script = script.replaceAll(from, to);
    }
    writeFileSync(join(bin, name), script.replace(FOLDERS, `${folder}/$1`));
    chmodSync(join(bin, name), 0o755);
  }
  if (missed.size > 0) throw new Error(`no entrypoint has: ${[...missed].join(', ')}`);
  return { folder, program: (name) => join(bin, name) };
}

export const listening = (server) => new Promise((done) => { server.listen(0, '127.0.0.1', () => done(server.address().port)); });
export async function freePort() {
  const server = createServer();
  const port = await listening(server);
  await new Promise((done) => { server.close(done); });
  return port;
}
