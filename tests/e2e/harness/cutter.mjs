// SPDX-License-Identifier: Apache-2.0
// A network that can be cut: a proxy between one browser context and nginx that breaks its connections when it is told to.
// Use `proxy` as the proxy of the context.
import { connect } from 'node:net';
import { createServer } from 'node:http';
import { host } from './demo.mjs';

export class Cutter {
  #sockets = new Set();
  #down = false;
  #front;

  static async open() {
    const cutter = new Cutter();
    await new Promise((resolve) => cutter.#front.listen(0, '127.0.0.1', resolve));
    return cutter;
  }

  constructor() {
    this.#front = createServer((_, answer) => answer.writeHead(405).end());
    this.#front.on('connect', (request, socket, head) => {
      if (this.#down || request.url !== host) return void socket.destroy();
      const onward = connect(Number(new URL(`https://${host}`).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      for (const [one, other] of [[socket, onward], [onward, socket]]) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  get port() {
    return this.#front.address().port;
  }

  get proxy() {
    return { server: `http://127.0.0.1:${this.port}`, bypass: '<-loopback>' };
  }

  /** Every connection breaks, as when the phone changes networks; new ones go through. How many were open. */
  cut() {
    const count = this.#sockets.size / 2;
    for (const socket of this.#sockets) socket.destroy();
    return count;
  }

  /** No network until up(). */
  down() {
    this.#down = true;
    this.cut();
  }

  up() {
    this.#down = false;
  }

  async close() {
    this.down();
    await new Promise((resolve) => this.#front.close(resolve));
  }
}
