// SPDX-License-Identifier: Apache-2.0
// S21 at the proxy. In each test somebody takes as much as he can; an honest person, at the same address where that is harder, asks
// all the while and gets every answer.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { demoRecipe, signIn } from '../e2e/harness/api.mjs';
import { data, demo, host, operator, ports, read, sadler, simulated } from '../e2e/harness/demo.mjs';
import { eventually, pause } from '../e2e/harness/eventually.mjs';

const kMs = { timeout: 300_000 };
const kLongestAnswerMs = 5_000; // the machine of a test may be busy; without an attacker it is a hundredth of that
const kStreamsOfAnAddress = 500;
const port = Number(ports['HTTPS_PORT']);
const ca = readFileSync(demo.cafile);
const allowed = Number(process.env['TURNKEY_SOCKETS'] ?? 1024) - 500;

/** Attacks while an honest person asks, from the attacker's own address or another one; says how long answers took. */
async function whileHonest(context, attack, address = '127.0.0.1') {
  const cookie = await signIn(sadler.admin);
  const child = spawn(process.execPath, [fileURLToPath(new URL('honest.mjs', import.meta.url))], { env: { ...process.env, HONEST_COOKIE: cookie, HONEST_ADDRESS: address }, stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await eventually('the honest person is there', () => said.includes('ready'));
    await attack();
  } finally {
    child.stdin.end();
  }
  await ended;
  const honest = JSON.parse(said.replace('ready\n', ''));
  context.diagnostic(`asked ${honest.asked} times, answers within ${honest.median} ms (half), ${honest.longest} ms (all)`);
  assert.deepEqual(honest.failed, []);
  assert.ok(honest.asked > 0 && honest.longest < kLongestAnswerMs, JSON.stringify(honest));
}

/** A socket that minds nothing: those of an attacker are closed at any time. */
function attacker(socket) {
  const one = { socket, open: true, got: '' };
  socket.on('error', () => undefined).on('close', () => (one.open = false)).on('data', (bytes) => { if (one.got.length < 300) one.got += bytes.toString('latin1'); });
  return one;
}
const plain = (localAddress) => attacker(connect({ host: '127.0.0.1', port, localAddress }));
const secure = (localAddress) => attacker(connectTls({ host: '127.0.0.1', port, ca, servername: 'localhost', localAddress }));
const gone = (all) => all.forEach((one) => one.socket.destroy());
const open = (all) => all.filter((one) => one.open).length;
const status = (one) => Number(one.got.split(' ')[1]);

/** Memory of a process and its children, in MB. */
function megabytes(name) {
  const pid = read(`supervise/${name}/supervise/pid`).trim();
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...children].reduce((sum, each) => sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))[1]) / 1024, 0);
}

test('S21: 500 connections that never end their headers are ended, and nobody waits for them', kMs, async (context) => {
  await whileHonest(context, async () => {
    const slow = Array.from({ length: 500 }, () => secure());
    const drip = setInterval(() => slow.forEach((one) => one.open && one.socket.write('X-More: 1\r\n')), 1000);
    slow.forEach((one) => one.socket.once('secureConnect', () => one.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n')));
    try {
      await eventually('500 connections are open', () => slow.filter((one) => one.socket.authorized).length === 500, { seconds: 30 });
      await eventually('they are ended', () => open(slow) === 0, { seconds: 60 });
    } finally {
      clearInterval(drip);
      gone(slow);
    }
  });
});

test('S21: a thousand streams of one client leave streams and answers for others', kMs, async (context) => {
  const cookie = await signIn(sadler.technician);
  const running = demo.devices.find((each) => simulated.some((one) => one.serial === each.serial && one.running) && each.group.startsWith('Sadler'));
  const ask = (one) => one.socket.once('secureConnect', () => one.socket.write(`GET /api/devices/${running.serial}/events HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`));
  await whileHonest(context, async () => {
    const streams = Array.from({ length: 1000 }, () => secure());
    streams.forEach(ask);
    try {
      await eventually('each stream has its answer', () => streams.every((one) => one.got.includes('\r\n\r\n') || !one.open), { seconds: 90 });
      const answers = streams.map(status);
      const told = [...new Set(answers)].map((each) => `${answers.filter((one) => one === each).length} x ${each}`).join(', ');
      context.diagnostic(`answers: ${told}; gateway ${megabytes('experience-gateway').toFixed(0)} MB`);
      assert.ok(answers.every((each) => each === 200 || each === 429), told);
      assert.ok(megabytes('experience-gateway') < 400);
      assert.ok(answers.filter((each) => each === 200).length <= kStreamsOfAnAddress, told);
      // One more, from another address, still hears the device.
      const of = await signIn(sadler.viewer);
      const other = secure('127.0.0.7');
      other.socket.on('data', (bytes) => (other.all = (other.all ?? '') + bytes));
      other.socket.once('secureConnect', () => other.socket.write(`GET /api/devices/${running.serial}/events HTTP/1.1\r\nHost: ${host}\r\nCookie: ${of}\r\n\r\n`));
      await eventually('another person hears the device', () => /event: ?state/.test(other.all ?? ''), { seconds: 30 });
      gone([other]);
    } finally {
      gone(streams);
    }
  }, '127.0.0.9'); // more requests than an address may have: at the attacker's own some would be refused
});

test('S21: a CSV of 100 MB is refused, said or unsaid how long it is, and leaves nothing', kMs, async (context) => {
  const cookie = await signIn(operator);
  const recipe = await demoRecipe();
  const head = `POST /api/recipes/${recipe.id}/batches HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${demo.url}\r\nCookie: ${cookie}\r\nContent-Type: text/csv\r\n`;
  const row = Buffer.from(`${'SERIAL-OF-A-LONG-FILE'.padEnd(1023, 'X')}\n`);
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), ...Array(1024).fill(row), Buffer.from('\r\n')]);
  await whileHonest(context, async () => {
    const said = secure();
    said.socket.once('secureConnect', () => said.socket.write(`${head}Content-Length: ${100 * 1024 * 1024}\r\n\r\n`));
    const unsaid = Array.from({ length: 5 }, () => secure());
    unsaid.forEach((one) => one.socket.once('secureConnect', async () => {
      one.socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
      for (let sent = 0; sent < 100 && one.open && one.got === ''; sent += 1) await new Promise((resolve) => one.socket.write(chunk, resolve));
    }));
    await eventually('all are refused', () => [said, ...unsaid].every((one) => status(one) === 413), { seconds: 90 });
    gone([said, ...unsaid]);
    await eventually('nothing of it is left', () => readdirSync(join(data, 'nginx/tmp-body'), { recursive: true, withFileTypes: true }).every((entry) => !entry.isFile()), { seconds: 30 });
  });
});

test('S21: 20,000 connections that say nothing keep nobody out', kMs, async (context) => {
  const wanted = Math.min(20_000, allowed);
  if (wanted < 20_000) context.diagnostic(`only ${wanted} at once: this machine allows one process no more`);
  await whileHonest(context, async () => {
    const idle = [];
    try {
      // In bursts, so that the attacker's own queue is not what is measured; what is closed is opened again.
      const end = Date.now() + 30_000;
      let most = 0;
      while (Date.now() < end && most < wanted) {
        const missing = Math.min(1000, wanted - open(idle));
        for (let each = 0; each < missing; each += 1) idle.push(plain('127.0.0.9'));
        await pause(100);
        most = Math.max(most, open(idle));
      }
      context.diagnostic(`${idle.length} connections were made, ${most} at once`);
      assert.ok(idle.length >= 20_000 && most > 1_000);
      await pause(5_000);
      assert.ok(megabytes('nginx') < 600, `nginx has ${megabytes('nginx')} MB`);
    } finally {
      gone(idle);
    }
  });
});
