// SPDX-License-Identifier: Apache-2.0
// A device of ours, played by Mosquitto's own clients as firmware would do it: MQTT 3.1.1, client id = device id.
import { spawn } from 'node:child_process';
import { as } from './api.mjs';
import { demo, operator } from './demo.mjs';
import { eventually } from './eventually.mjs';

const tls = demo.mqtt.cafile === undefined ? [] : ['--cafile', demo.mqtt.cafile];
const args = (device, topic) => [
  '-h', demo.mqtt.host, '-p', String(demo.mqtt.port), ...tls, '-V', 'mqttv311', '-i', device.deviceId, '-u', device.accessKey, '-P', device.accessSecret,
  '-q', '1', '-t', `devices/${device.deviceId}/${topic}`,
];

const ended = (child) => new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve(child.exitCode) : child.once('exit', resolve)));

/** A connected device that reports. Like firmware it tries again when the broker does not know its credentials yet. */
export class Firmware {
  #child;
  #said = '';

  constructor(device) {
    this.device = device;
    this.#connect();
  }

  #connect() {
    this.#child = spawn('mosquitto_pub', [...args(this.device, 'state'), '-l'], { stdio: ['pipe', 'ignore', 'pipe'] });
    this.#child.stderr.on('data', (text) => (this.#said += text));
    this.#child.stdin.on('error', () => undefined);
  }

  /** Resolves once the system knows that the device is there. */
  async connected(within) {
    await eventually(`${this.device.serial} is connected`, async () => {
      if (this.#child.exitCode !== null) this.#connect();
      if ((await as(operator, 'GET', `/api/devices/${this.device.serial}`)).connected) return true;
      throw new Error(this.#said);
    }, within);
    return this;
  }

  report(data, time) {
    this.#child.stdin.write(`${JSON.stringify(time === undefined ? { data } : { data, time })}\n`);
  }

  /** All presses in one burst. */
  press(times = 1) {
    for (let press = 0; press < times; press += 1) this.report({ register_button: true });
  }

  async close() {
    this.#child.kill('SIGKILL');
    await ended(this.#child);
  }
}

/** A connected device that listens for commands. */
export class Listener {
  #child;
  #ready = false;
  commands = [];

  constructor(device) {
    this.device = device;
    this.#connect();
  }

  #connect() {
    let rest = '';
    this.#child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...args(this.device, 'command'), '-d'], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('{')) this.commands.push(JSON.parse(line));
        else if (line.startsWith('Subscribed')) this.#ready = true;
      }
    });
  }

  async subscribed() {
    await eventually('the device listens for commands', () => {
      if (this.#child.exitCode !== null) this.#connect();
      return this.#ready;
    });
    return this;
  }

  async close() {
    this.#child.kill('SIGKILL');
    await ended(this.#child);
  }
}

/** One report with these credentials; true when the broker let the device in. */
export async function mayConnect(device) {
  const child = spawn('mosquitto_pub', [...args(device, 'state'), '-m', '{"data":{}}'], { stdio: 'ignore' });
  return (await ended(child)) === 0;
}
