// SPDX-License-Identifier: Apache-2.0
// turnkeyctl as ops runs it: the installed program, in a folder and with settings of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demo, url } from './demo.mjs';
import { driver } from './driver.mjs';

const kRunMs = 60_000;

export const program = () => driver.program('turnkeyctl');

/** What one call of the program did. */
class Ran {
  constructor(command, exit, out, err) {
    Object.assign(this, { command, exit, out, err });
  }

  get told() {
    return `turnkeyctl ${this.command.join(' ')}: exit code ${this.exit}\n${this.out}${this.err}`;
  }

  /** The document on standard output. */
  get json() {
    try { return JSON.parse(this.out); } catch { throw new Error(`no JSON document: ${this.told}`); }
  }

  /** The problem document on standard error. */
  get problem() {
    try { return JSON.parse(this.err); } catch { throw new Error(`no problem document: ${this.told}`); }
  }

  get lines() {
    return this.out.split('\n').slice(0, -1);
  }
}

/** Rows of a CSV file without quoted cells, as objects. */
export function rowsOf(csv) {
  const [head, ...rows] = csv.trim().split(/\r?\n/).map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at]])));
}

export class Terminal {
  #folder = mkdtempSync(join(tmpdir(), 'turnkey-terminal-'));
  #running = new Set();

  path(name) {
    return join(this.#folder, name);
  }

  write(name, text, mode = 0o600) {
    writeFileSync(this.path(name), text, { mode });
    return name;
  }

  read(name) {
    return readFileSync(this.path(name), 'utf8');
  }

  has(name) {
    return existsSync(this.path(name));
  }

  modeOf(name) {
    return (statSync(this.path(name)).mode & 0o777).toString(8);
  }

  environment(more = {}) {
    return { PATH: process.env['PATH'], LANG: 'C.UTF-8', HOME: this.#folder, XDG_CONFIG_HOME: this.path('settings'), ...more };
  }

  spawn(file, args, { env = {} } = {}) {
    const child = spawn(file, args, { cwd: this.#folder, env: this.environment(env), stdio: ['pipe', 'pipe', 'pipe'], timeout: kRunMs });
    child.stdin.on('error', () => undefined);
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  /** Runs the program to its end, without a terminal to ask on; resolves whatever its exit code. */
  run(args, { env, input = '' } = {}) {
    const child = this.spawn(program(), args, { env });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (said.out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (said.err += text));
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, signal) => resolve(new Ran(args, exit ?? signal, said.out, said.err)));
    });
  }

  /** A call that must end with this exit code. */
  async ends(exit, args, options) {
    const ran = await this.run(args, options);
    assert.equal(ran.exit, exit, ran.told);
    return ran;
  }

  done(...args) {
    return this.ends(0, args);
  }

  /** The document that a call with --json answers. */
  async json(...args) {
    return (await this.done(...args, '--json')).json;
  }

  async signIn(who) {
    this.write('password', `${who.password}\n`);
    await this.done('login', url, '--cafile', demo.cafile, '--email', who.email, '--password-file', 'password');
    return this;
  }

  /** Signs out too: a person has only so many tokens, and an installation may be used for many runs. */
  async close() {
    if (this.has('settings/turnkey/credentials.json')) await this.run(['logout']);
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true });
  }
}
