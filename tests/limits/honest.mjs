// SPDX-License-Identifier: Apache-2.0
// An honest person in a process of its own, so that the attacker's work does not count as the system's: asks for the devices again
// and again, each time over a new connection, until standard input ends. Prints what came of it as JSON.
import { send } from '../e2e/harness/api.mjs';
import { pause } from '../e2e/harness/eventually.mjs';

const kEveryMs = 100;
const { HONEST_COOKIE: cookie, HONEST_ADDRESS: localAddress } = process.env;
let asking = true;
process.stdin.on('end', () => (asking = false)).resume();

const took = [];
const failed = [];
process.stdout.write('ready\n');
while (asking) {
  const began = Date.now();
  try {
    const answer = await send('GET', '/api/devices?limit=5', { cookie, localAddress });
    if (answer.status !== 200 || answer.json.items.length === 0) failed.push(`${answer.status} ${answer.text.slice(0, 200)}`);
  } catch (error) {
    failed.push(String(error));
  }
  took.push(Date.now() - began);
  await pause(kEveryMs);
}
took.sort((a, b) => a - b);
process.stdout.write(JSON.stringify({ asked: took.length, failed, median: took[Math.floor(took.length / 2)], longest: took.at(-1) }));
