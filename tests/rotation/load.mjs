// SPDX-License-Identifier: Apache-2.0
// What goes on while secrets are rotated: people who sign in and look, a stream, a device that reports. Each says afterwards what
// was refused to it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { send } from '../e2e/harness/api.mjs';
import { demo, url } from '../e2e/harness/demo.mjs';
import { eventually, pause } from '../e2e/harness/eventually.mjs';

/** Asks again and again, each time over a connection of its own, and notes whatever is not as it should be. */
export class Asker {
  constructor(what, pauseMs, ask) {
    Object.assign(this, { what, answered: 0, refused: [], going: true });
    this.done = (async () => {
      while (this.going) {
        try {
          const { status, text } = await ask();
          if (status === 200) this.answered += 1;
          else this.refused.push(`${status} ${text}`);
        } catch (error) {
          this.refused.push(error.message);
        }
        await pause(pauseMs);
      }
    })();
  }

  end() {
    this.going = false;
  }

  async stop() {
    this.end();
    await this.done;
    assert.deepEqual(this.refused, [], this.what);
    assert.ok(this.answered > 0, `${this.what}: nobody asked`);
  }
}

export const asks = (what, pauseMs, method, path, options) => new Asker(what, pauseMs, () => send(method, path, options));

/** A stream of server-sent events that is open all the time. */
export class Stream {
  constructor(path, cookie) {
    Object.assign(this, { events: 0, ended: undefined });
    this.request = httpsRequest(new URL(path, url), { headers: { Cookie: cookie }, ca: readFileSync(demo.cafile), family: 4, agent: false }, (response) => {
      this.status = response.statusCode;
      response.setEncoding('utf8').on('data', (text) => (this.events += text.split('event: state').length - 1));
      for (const end of ['end', 'close', 'error']) response.once(end, () => (this.ended ??= end));
    });
    this.request.on('error', (error) => (this.ended ??= error.message));
    this.request.end();
  }

  end() {
    this.request.destroy();
  }
}

/** Reports every twentieth of a second over one connection that must hold: mosquitto_pub ends when it is cut. */
export class Reporter {
  constructor(device) {
    Object.assign(this, { device, sent: 0, said: '' });
    this.child = spawn('mosquitto_pub', ['-h', demo.mqtt.host, '-p', String(demo.mqtt.port), '-V', 'mqttv311', '-i', device.deviceId, '-u', device.accessKey,
      '-P', device.accessSecret, '-q', '1', '-t', `devices/${device.deviceId}/state`, '-l'], { stdio: ['pipe', 'pipe', 'pipe'] });
    for (const pipe of [this.child.stdout, this.child.stderr]) pipe.setEncoding('utf8').on('data', (text) => (this.said += text));
    this.child.stdin.on('error', () => undefined);
    this.exit = new Promise((resolve) => this.child.once('close', resolve));
    this.timer = setInterval(() => {
      this.sent += 1;
      this.child.stdin.write(`{"data":{"rpm":${this.sent / 10}}}\n`);
    }, 50);
  }

  end() {
    clearInterval(this.timer);
    this.child.stdin.end();
  }

  /** Each report was acknowledged, and is stored once. */
  async stop(sql) {
    this.end();
    assert.equal(await this.exit, 0, this.said);
    const stored = `select count(*) || ' ' || count(distinct s.number) from telemetry.samples s join telemetry.devices d using (device_key) where d.device_id = '${this.device.deviceId}'`;
    await eventually(`${this.sent} reports are stored, each once`, async () => {
      const found = await sql(stored);
      if (found !== `${this.sent} ${this.sent}`) throw new Error(`stored: ${found}`);
      return true;
    }, { seconds: 30 });
  }
}
