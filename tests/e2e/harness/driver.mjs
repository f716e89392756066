// SPDX-License-Identifier: Apache-2.0
// What a story does to the installation from outside: kill a process, read the logs, ask the database. One way for each kind of
// installation: processes under runit (deploy/quickstart), or containers (tests/compose/run writes compose.json for them).
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { data, ports, read } from './demo.mjs';
import { eventually } from './eventually.mjs';

const run = promisify(execFile);
const kQuickstart = fileURLToPath(new URL('../../../deploy/quickstart', import.meta.url));
const kMostOutput = 256 * 1024 * 1024; // bytes

/** Runs psql with these statements in one transaction; resolves with what it prints, throws what the database says. */
function psql(file, args, statements, env = {}) {
  const child = spawn(file, [...args, '-qAtX', '-1', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', 'turnkey'], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  child.stdin.end(statements);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => (exit === 0 ? resolve(out.trim()) : reject(new Error(err))));
  });
}

const filesBelow = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? filesBelow(join(folder, each.name)) : each.isFile() ? [join(folder, each.name)] : []));

const runit = {
  pidOf: async (name) => Number(read(`supervise/${name}/supervise/pid`).trim()),
  sql: (statements) => psql('psql', ['-h', '127.0.0.1', '-p', ports['POSTGRES_PORT']], statements, { PGPASSWORD: read('secrets/database-admin').trim() }),
  dump: async () => (await run('pg_dump', ['-h', '127.0.0.1', '-p', ports['POSTGRES_PORT'], '-U', 'postgres', '-d', 'turnkey'],
    { maxBuffer: kMostOutput, env: { ...process.env, PGPASSWORD: read('secrets/database-admin').trim() } })).stdout,
  logs: async () => filesBelow(join(data, 'log')).map((name) => ({ name, text: readFileSync(name, 'latin1') })),
  press: (serial) => run(kQuickstart, ['press', serial, '--data', data]),
  /** Ends a process and leaves it ended until `start`. */
  stop: (name) => run('sv', ['-w', '30', 'down', join(data, 'supervise', name)]),
  start: (name) => run('sv', ['-w', '30', 'up', join(data, 'supervise', name)]),
  /** Starts the whole installation again, with these settings in the environment. */
  startAgain: (settings) => run(kQuickstart, ['start', '--data', data, '--programs', dirname(dirname(dirname(runit.program('registry'))))],
    { env: { ...process.env, ...settings }, maxBuffer: kMostOutput }),
  // They are installed beside the services, so they are of the same build as those that run.
  program: (name) => join(dirname(readlinkSync(`/proc/${read('supervise/registry/supervise/pid').trim()}/exe`)), name),
};

function containers() {
  const { compose: command, engine } = JSON.parse(read('compose.json'));
  const compose = async (...args) => (await run(command[0], [...command.slice(1), ...args], { maxBuffer: kMostOutput })).stdout;
  const inspect = async (id, format) => (await run(engine[0], [...engine.slice(1), 'inspect', '-f', format, id])).stdout.trim();
  const idsOf = async (name) => (await compose('ps', '-q', name)).trim().split('\n').filter(Boolean);
  return {
    compose,
    engine: async (...args) => (await run(engine[0], [...engine.slice(1), ...args])).stdout,
    inspect,
    idsOf,
    /** On this machine, of the container's process 1; 0 while there is none. */
    pidOf: async (name) => Number(await inspect((await idsOf(name))[0], '{{.State.Pid}}')),
    sql: (statements) => psql(command[0], [...command.slice(1), 'exec', '-T', 'database', 'sh', '-c',
      'PGPASSWORD=$(cat /secrets/database-admin) exec /usr/lib/postgresql/bin/psql -h /tmp "$@"', 'psql'], statements),
    logs: async () => [{ name: 'the containers', text: await compose('logs', '--no-color') }],
    press: (serial) => compose('exec', '-T', 'simulator', 'press', serial),
    program: (name) => join(data, 'programs', name),
  };
}

export const inContainers = existsSync(join(data, 'compose.json'));
export const driver = inContainers ? containers() : runit;

/** kill -9 of a process; resolves with what `restarted` needs to know. */
export async function kill(name) {
  const pid = await driver.pidOf(name);
  process.kill(pid, 'SIGKILL');
  return { name, pid };
}

/** Resolves once a killed process runs again. */
export const restarted = ({ name, pid }) => eventually(`${name} is started again`, async () => {
  const now = await driver.pidOf(name);
  return now > 0 && now !== pid;
}, { seconds: 60 });
