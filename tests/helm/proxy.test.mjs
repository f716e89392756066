// SPDX-License-Identifier: Apache-2.0
// The proxy's entrypoint as the chart starts it: a gateway at an address that stays, another proxy in front. Its folders and ports are
// put elsewhere, the rest is as in the image.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { containerAt, freePort, listening } from '../support/container.mjs';

const folder = mkdtempSync(join(tmpdir(), 'turnkey-proxy-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function entrypoint(https, http) {
  const root = mkdtempSync(join(folder, 'root-'));
  for (const name of ['secrets', 'tls']) mkdirSync(join(root, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-keyout', join(root, 'secrets/server.key'), '-out', join(root, 'secrets/server.crt')], { stdio: 'ignore' });
  return containerAt(root, {
    share: { 'nginx.conf.in': 'deploy/nginx/turnkey.conf.in' },
    changes: [['0.0.0.0:8443', `127.0.0.1:${https}`], ['0.0.0.0:8080', `127.0.0.1:${http}`]],
  }).program('proxy');
}

const answer = (port, headers) => new Promise((done, fail) => {
  request({ host: '127.0.0.1', port, path: '/api/session', headers, rejectUnauthorized: false }, (response) => {
    let text = '';
    response.on('data', (piece) => { text += piece; }).on('end', () => done(text));
  }).on('error', fail).end();
});

async function seenWith(settings) {
  const gateway = createServer((asked, reply) => reply.end(`${asked.headers['x-real-ip']} ${asked.headers['x-forwarded-for']}`));
  const gatewayPort = await listening(gateway);
  const [https, http] = [await freePort(), await freePort()];
  const proxy = spawn(entrypoint(https, http), { env: { PATH: process.env.PATH, TURNKEY_HTTPS_PORT: '443', TURNKEY_GATEWAY: `127.0.0.1:${gatewayPort}`, TURNKEY_RESOLVER: '', ...settings }, stdio: 'ignore' });
  const ended = new Promise((done) => { proxy.on('exit', (code) => done(code)); });
  try {
    for (let tries = 100; ; --tries) {
      try {
        return await answer(https, { 'X-Forwarded-For': '198.51.100.6, 203.0.113.9', 'X-Real-IP': '198.51.100.7' });
      } catch (error) {
        if (tries === 0 || proxy.exitCode !== null) return proxy.exitCode === null ? String(error) : `ended with ${proxy.exitCode}`;
        await new Promise((done) => { setTimeout(done, 50); });
      }
    }
  } finally {
    proxy.kill();
    await ended;
    gateway.close();
  }
}

test('behind an ingress the proxy takes the client from it, and only the last hop that it does not know', async () => {
  assert.equal(await seenWith({ TURNKEY_PROXIES_IN_FRONT: '127.0.0.0/8,fd00::/8' }), '203.0.113.9 203.0.113.9');
});

test('S3: whoever is no proxy in front cannot say who they are', async () => {
  assert.equal(await seenWith({ TURNKEY_PROXIES_IN_FRONT: '10.0.0.0/8' }), '127.0.0.1 127.0.0.1');
  assert.equal(await seenWith({}), '127.0.0.1 127.0.0.1');
});

test('the proxy does not start with ranges that are none', async () => {
  assert.equal(await seenWith({ TURNKEY_PROXIES_IN_FRONT: '10.0.0.0/8; include /etc/passwd' }), 'ended with 1');
});
