// SPDX-License-Identifier: Apache-2.0
// An installation as far as its certificate goes, and an ACME authority for it: every program is the real one.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { eventually } from '../e2e/harness/eventually.mjs';
import { containerAt, freePort } from '../support/container.mjs';

export const kHost = 'turnkey.example.com';
const kEphemeral = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

const running = new Set();

/** Starts a program in a process group of its own; `said()` is what it has printed, into a file: nginx opens its output by name. */
function start(program, args, env, log) {
  const output = openSync(log, 'w');
  const child = spawn(program, args, { stdio: ['ignore', output, output], detached: true, env });
  closeSync(output);
  const ended = new Promise((done) => { child.on('exit', done).on('error', done); });
  const process_ = {
    child,
    said: () => readFileSync(log, 'utf8'),
    signal: (name) => child.kill(name),
    async stop() {
      running.delete(process_);
      try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it has ended */ }
      await ended;
    },
  };
  running.add(process_);
  return process_;
}

export class Stand {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'turnkey-acme-'));
    chmodSync(this.folder, 0o755);
    for (const name of ['secrets', 'tls', 'challenges', 'certificate', 'data']) mkdirSync(join(this.folder, name));
    this.#openssl('req', '-x509', ...kEphemeral, '-subj', '/CN=The local authority', '-addext', `subjectAltName=DNS:${kHost}`, '-keyout', 'secrets/server.key', '-out', 'secrets/server.crt');
    this.#openssl('req', '-x509', ...kEphemeral, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', 'pebble.key', '-out', 'tls/acme-ca.crt');
    this.started = 0;
    this.certificate = join(this.folder, 'certificate', `${kHost}.pem`);
  }

  #start(program, args, env) { return start(program, args, env, join(this.folder, `said-${(this.started += 1)}`)); }
  #openssl(...args) { return execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' }).toString(); }

  #container(name, volumes, more) {
    return containerAt(join(this.folder, name), { ...more, volumes: Object.fromEntries(volumes.map((each) => [each, join(this.folder, each)])) });
  }

  async prepare() {
    for (const name of ['https', 'http', 'mqtts', 'mqtt', 'inner', 'dns', 'acme', 'management', 'nobody']) this[name] = await freePort();
    const fast = ['sleep 10', 'sleep 1'];
    this.proxyRoot = this.#container('proxy', ['secrets', 'tls', 'challenges', 'certificate'], {
      share: { 'nginx.conf.in': 'deploy/nginx/turnkey.conf.in' },
      changes: [['0.0.0.0:8443', `127.0.0.1:${this.https}`], ['0.0.0.0:8080', `127.0.0.1:${this.http}`], fast],
    });
    this.brokerRoot = this.#container('broker', ['secrets', 'certificate'], {
      share: { 'mosquitto.conf.in': 'services/broker/mosquitto.conf.in' },
      changes: [['|8883|', `|${this.mqtts}|`], ['|1883|', `|${this.mqtt}|`], ['0.0.0.0', '127.0.0.1'], ['|turnkey-broker|', '|root|'], ["sed -e ", "sed -e '/^plugin/d' -e "],
        ['-e "s|^#inner# ||" ', ''], fast],
    });
    mkdirSync(join(this.brokerRoot.folder, 'data'));
    // `pause` in a minute's steps is right for months; a certificate here lives for seconds.
    this.acmeRoot = this.#container('acme', ['data', 'challenges', 'certificate', 'tls'], { changes: [['else pause 60', 'else pause 1']] });
    this.#start('pebble-challtestsrv', ['-defaultIPv4', '127.0.0.1', '-defaultIPv6', '', '-dns01', `127.0.0.1:${this.dns}`, '-http01', '', '-https01', '', '-tlsalpn01', '', '-management', `127.0.0.1:${await freePort()}`], {});
    return this;
  }

  startProxy() {
    this.proxy = this.#start(this.proxyRoot.program('proxy'), [], { PATH: process.env.PATH, TURNKEY_HOST: kHost, TURNKEY_TLS: 'acme', TURNKEY_HTTPS_PORT: String(this.https), TURNKEY_GATEWAY: `127.0.0.1:${this.nobody}`, TURNKEY_RESOLVER: '' });
    return eventually('the proxy shows a certificate', () => this.shown(this.https));
  }

  startBroker() {
    this.broker = this.#start(this.brokerRoot.program('broker'), [], { PATH: `${process.env.PATH}:/usr/sbin`, TURNKEY_HOST: kHost, TURNKEY_TLS: 'acme', TURNKEY_DEVICE_ROOTS: 'devices' });
    return eventually('the broker shows a certificate', () => this.shown(this.mqtts));
  }

  startAcme({ retry = 2, tls = 'acme' } = {}) {
    this.acmeProgram = this.#start(this.acmeRoot.program('acme'), [], { PATH: process.env.PATH, TURNKEY_HOST: kHost, TURNKEY_TLS: tls, TURNKEY_ACME_DIRECTORY: `https://localhost:${this.acme}/dir`, TURNKEY_ACME_EMAIL: '', TURNKEY_ACME_RETRY_S: String(retry) });
  }

  /** An authority whose certificates live for so many seconds, and whose nonces are all good: dehydrated does not ask twice for one. */
  async startAuthority(lifetimeS) {
    const pebble = { listenAddress: `127.0.0.1:${this.acme}`, managementListenAddress: `127.0.0.1:${this.management}`, certificate: join(this.folder, 'tls/acme-ca.crt'), privateKey: join(this.folder, 'pebble.key'), httpPort: this.http, tlsPort: this.nobody, certificateValidityPeriod: lifetimeS };
    writeFileSync(join(this.folder, 'pebble.json'), JSON.stringify({ pebble }));
    this.authority = this.#start('pebble', ['-config', join(this.folder, 'pebble.json'), '-dnsserver', `127.0.0.1:${this.dns}`], { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' });
    this.root = await eventually('the authority answers', () => this.#asked('/roots/0'));
  }

  #asked(path) {
    return new Promise((done, fail) => {
      get({ host: '127.0.0.1', servername: 'localhost', port: this.management, path, ca: readFileSync(join(this.folder, 'tls/acme-ca.crt')), agent: false }, (answer) => {
        let text = '';
        answer.on('data', (piece) => (text += piece)).on('end', () => done(text));
      }).on('error', fail);
    });
  }

  /** The certificate that a port shows: its serial number, and whether the authority of today signed it. */
  shown(port) {
    return new Promise((done, fail) => {
      const socket = connect({ host: '127.0.0.1', port, servername: kHost, ca: this.root, rejectUnauthorized: false }, () => {
        const { serialNumber, subjectaltname } = socket.getPeerCertificate();
        done({ serial: serialNumber, names: subjectaltname, ours: socket.authorized });
        socket.destroy();
      });
      socket.on('error', fail);
    });
  }

  serialOnDisk() { return this.#openssl('x509', '-in', this.certificate, '-noout', '-serial').trim().split('=')[1]; }
  keyOnDisk() { return /-----BEGIN PRIVATE KEY-----[^-]+/.exec(readFileSync(this.certificate, 'latin1'))[0]; }
  hasCertificate() { return existsSync(this.certificate); }

  async end() {
    for (const each of [...running]) await each.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
