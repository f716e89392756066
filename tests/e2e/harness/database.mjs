// SPDX-License-Identifier: Apache-2.0
// The installation's database as its administrator sees it: for what no program of the system does.
import { spawn } from 'node:child_process';
import { ports, read } from './demo.mjs';

/** Runs these statements in one transaction; resolves with what they print, throws what the database says. */
export function sql(statements) {
  const args = ['-qAtX', '-1', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', ports['POSTGRES_PORT'], '-U', 'postgres', '-d', 'turnkey'];
  const child = spawn('psql', args, { env: { ...process.env, PGPASSWORD: read('secrets/database-admin').trim() }, stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  child.stdin.end(statements);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => (exit === 0 ? resolve(out.trim()) : reject(new Error(err))));
  });
}
