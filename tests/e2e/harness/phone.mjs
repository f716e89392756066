// SPDX-License-Identifier: Apache-2.0
// Phones without a browser: the app's own stream code over an EventSource of our own, each through a network that can be cut.
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { connect as secure } from 'node:tls';
import { appCode } from './app.mjs';
import { demo, host } from './demo.mjs';

const ca = readFileSync(demo.cafile);
const kGetMs = 12_000;
const kSafetyMs = 10_000; // as the waiting page asks anyway now and then
const phones = new Map();

/** A connection to the server by the phone's network. */
function dialled(net) {
  return new Promise((resolve, reject) => {
    const raw = connect(net.port, '127.0.0.1', () => raw.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`));
    raw.once('error', reject).once('close', () => reject(new Error('cut')));
    raw.once('data', () => {
      const socket = secure({ socket: raw, ca, servername: 'localhost' });
      socket.once('secureConnect', () => resolve(socket)).once('error', reject);
    });
  });
}

/** Sends a GET; `onAnswer` gets the answer, `onEnd` hears once that it is over, whatever the reason. */
function get(phone, path, accept, onAnswer, onEnd) {
  let sent;
  let over = false;
  const end = (error) => {
    if (over) return;
    over = true;
    sent?.destroy();
    onEnd(error);
  };
  dialled(phone.net).then((socket) => {
    if (over) return socket.destroy();
    socket.on('close', () => end(new Error('cut')));
    sent = httpsRequest({ createConnection: () => socket, method: 'GET', path, headers: { Host: host, Cookie: phone.cookie, Accept: accept, 'Sec-Fetch-Site': 'same-origin' } }, (answer) => {
      answer.on('error', end).on('end', () => end(null));
      onAnswer(answer);
    });
    sent.on('error', end).end();
  }).catch(end);
  return () => end(new Error('closed'));
}

class PhoneEventSource extends EventTarget {
  #close;
  #text = '';
  onopen = null;
  onerror = null;

  constructor(url) {
    super();
    const { hostname, pathname, search } = new URL(url);
    let closed = false;
    const stop = get(phones.get(hostname), pathname + search, 'text/event-stream', (answer) => {
      if (closed || answer.statusCode !== 200) return answer.destroy(new Error(`answered ${answer.statusCode}`));
      this.onopen?.();
      answer.setEncoding('utf8').on('data', (text) => closed || this.#read(text));
    }, () => closed || this.onerror?.());
    this.#close = () => {
      closed = true;
      stop();
    };
  }

  #read(text) {
    const blocks = (this.#text + text).split('\n\n');
    this.#text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':') && line.includes(': ')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
      if (fields.event !== undefined) this.dispatchEvent(new MessageEvent(fields.event, { data: fields.data, lastEventId: fields.id ?? '' }));
    }
  }

  close() {
    this.#close();
  }
}

globalThis.EventSource = PhoneEventSource;
globalThis.document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
globalThis.window = new EventTarget();
setMaxListeners(0, globalThis.document, globalThis.window);
const app = await appCode();

export class Phone {
  constructor(cookie, net) {
    Object.assign(this, { cookie, net, name: `phone-${phones.size}` });
    phones.set(this.name, this);
  }

  json(path) {
    return new Promise((resolve, reject) => {
      let text = '';
      let status = 0;
      const stop = get(this, path, 'application/json', (answer) => {
        status = answer.statusCode;
        answer.setEncoding('utf8').on('data', (part) => (text += part));
      }, (error) => {
        clearTimeout(timer);
        if (error !== null || status !== 200) reject(error ?? new Error(`${path} answered ${status}`));
        else resolve(JSON.parse(text));
      });
      const timer = setTimeout(stop, kGetMs);
    });
  }

  #stream(path, events, owner) {
    return app.openStream({ url: `http://${this.name}${path}`, events, owner });
  }

  /** A provisioning as the waiting page follows it: what it shows now, and all that it has shown. */
  watch(id) {
    const path = `/api/provisionings/${id}`;
    const shown = { attempt: null, states: [], mostPresses: 0, wrongBursts: 0 };
    const take = (event) => {
      if (shown.attempt === null && event.type !== 'snapshot') return;
      shown.attempt = shown.attempt === null ? app.begin(event.provisioning, event.localMs) : app.reduce(shown.attempt, event);
      const { state, presence } = shown.attempt.provisioning;
      if (shown.states.at(-1) !== state) shown.states.push(state);
      shown.mostPresses = Math.max(shown.mostPresses, presence.presses);
      shown.wrongBursts = shown.attempt.wrongBursts;
    };
    const ask = () => this.json(path).then((provisioning) => take({ type: 'snapshot', provisioning, localMs: Date.now() }), () => undefined);
    const stream = this.#stream(`${path}/events`, ['snapshot', 'press', 'status'], {
      onEvent: (name, data) => take(name === 'press' ? { type: 'press', press: data, localMs: Date.now() } : { type: 'snapshot', provisioning: data, localMs: Date.now() }),
      catchUp: ask,
    });
    const safety = setInterval(ask, kSafetyMs);
    shown.close = () => {
      clearInterval(safety);
      stream.close();
    };
    return shown;
  }

  /** What the stream of a device alone tells, by name; a dashboard would ask besides. */
  listen(serial, onEvent) {
    return this.#stream(`/api/devices/${serial}/events`, ['state', 'presence', 'resync'], {
      onEvent,
      catchUp: async () => undefined,
    });
  }
}
