// SPDX-License-Identifier: Apache-2.0
// A unit on the bench: the simulator's program playing one device of ours, with a button and a light on one connection.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { as } from './api.mjs';
import { demo, operator } from './demo.mjs';
import { driver } from './driver.mjs';
import { eventually } from './eventually.mjs';

const tls = demo.mqtt.cafile === undefined ? [] : ['--tls', '--cafile', demo.mqtt.cafile];

export class Unit {
  #folder = mkdtempSync(join(tmpdir(), 'turnkey-unit-'));
  #child;
  #said = '';
  #counted = 0;

  constructor(device) {
    this.device = device;
    const secret = join(this.#folder, 'secret');
    writeFileSync(secret, `${device.accessSecret}\n`, { mode: 0o600 });
    this.#child = spawn(driver.program('device-simulator'), [
      'one', '--host', demo.mqtt.host, '--port', String(demo.mqtt.port), ...tls, '--serial', device.serial, '--device-id', device.deviceId,
      '--access-key', device.accessKey, '--access-secret-file', secret, '--page-port', '0',
    ], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => (this.#said += text));
  }

  get page() {
    return /Page: (http:\S+)\//.exec(this.#said)?.[1];
  }

  async #shown() {
    const answer = await fetch(`${this.page}/api/devices`);
    return (await answer.json()).items[0];
  }

  /** Resolves once the system knows that the device is there. */
  async connected() {
    await eventually(`${this.device.serial} is connected`, async () => this.page !== undefined && (await as(operator, 'GET', `/api/devices/${this.device.serial}`)).connected);
    return this;
  }

  async press(times = 1) {
    const answer = await fetch(`${this.page}/api/devices/${this.device.serial}/press`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ times }),
    });
    if (!answer.ok) throw new Error(`the button of ${this.device.serial} cannot be pressed: ${await answer.text()}`);
  }

  /** What a person in front of it counts of the next blinking. */
  async count() {
    return eventually(`${this.device.serial} blinks`, async () => {
      const { blink } = await this.#shown();
      if (blink === null || blink.number === this.#counted) return null;
      this.#counted = blink.number;
      return blink.times;
    });
  }

  /** True while the light is told to blink, the pause before it too. */
  async blinks() {
    return (await this.#shown()).blink !== null;
  }

  /** How often the terminal has shown the light going on so far. */
  get flashes() {
    return this.#said.split('LED: (*)').length - 1;
  }

  async close() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
