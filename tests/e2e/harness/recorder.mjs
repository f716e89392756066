// SPDX-License-Identifier: Apache-2.0
// Every byte that a browser receives: a proxy between one browser context and nginx that ends TLS and keeps what comes
// back, pages, answers, event streams and headers alike. Use `proxy` as the proxy of the context.
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { data, demo, host } from './demo.mjs';

export class Recorder {
  #parts = [];
  #sockets = new Set();
  #front;
  #inside;

  static async open() {
    const recorder = new Recorder();
    await new Promise((resolve) => recorder.#front.listen(0, '127.0.0.1', resolve));
    return recorder;
  }

  constructor() {
    const ca = readFileSync(demo.cafile);
    const tls = { key: readFileSync(join(data, 'tls/server.key')), cert: readFileSync(join(data, 'tls/server.crt')) };
    this.#inside = createHttpsServer(tls, (request, answer) => {
      const headers = { ...request.headers, 'accept-encoding': 'identity' };
      const onward = httpsRequest({ host: '127.0.0.1', port: new URL(demo.url).port, servername: 'localhost', ca, agent: false, method: request.method, path: request.url, headers }, (response) => {
        this.#parts.push(Buffer.from(`\n\n${request.method} ${request.url} ${response.statusCode}\n${response.rawHeaders.join('\n')}\n\n`));
        answer.writeHead(response.statusCode, response.rawHeaders);
        answer.flushHeaders();
        response.on('data', (part) => {
          this.#parts.push(part);
          answer.write(part);
        });
        response.on('end', () => answer.end());
        response.on('error', () => answer.destroy());
      });
      onward.on('error', () => answer.destroy());
      answer.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    this.#front = createHttpServer((_, answer) => answer.writeHead(405).end());
    this.#front.on('connect', (request, socket) => {
      if (request.url !== host) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      this.#inside.emit('connection', socket);
    });
    this.#inside.on('tlsClientError', () => undefined);
  }

  get proxy() {
    return { server: `http://127.0.0.1:${this.#front.address().port}`, bypass: '<-loopback>' };
  }

  get text() {
    return Buffer.concat(this.#parts).toString('utf8');
  }

  /** Which of these words came, without regard to case. Request lines that the browser itself wrote do not count. */
  found(words) {
    const text = this.text.replace(/^(GET|POST|DELETE|PATCH|PUT|HEAD) \S+ \d+$/gm, '').toLowerCase();
    return words.filter((word) => text.includes(String(word).toLowerCase()));
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#front.close(resolve));
  }
}
