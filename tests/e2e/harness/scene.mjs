// SPDX-License-Identifier: Apache-2.0
// What a story plays with: phones, desks, devices, all closed at its end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { cookieOf, makeDevice } from './api.mjs';
import { labelText, writeClip } from './clip.mjs';
import { Cutter } from './cutter.mjs';
import { host, url } from './demo.mjs';
import { Firmware, Listener } from './firmware.mjs';
import { Recorder } from './recorder.mjs';
import { Terminal } from './terminal.mjs';
import { Unit } from './unit.mjs';

const kActionMs = 15_000;
const kChromium = process.env['TURNKEY_CHROMIUM'] ?? '/usr/bin/chromium';
const kArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
];
export const kPhone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true };
export const kDesk = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };

const launch = (...more) => chromium.launch({ executablePath: kChromium, args: [...kArguments, ...more] });

let shared;
export const closeBrowser = async () => (await shared)?.close();

export class Scene {
  #ends = [];
  #pages = [];
  complaints = [];

  #onEnd(end) {
    this.#ends.unshift(end);
  }

  /** A page in a context of its own, signed in as `who` unless that is null. */
  async page(size, who, { browser, recorder, ...more } = {}) {
    shared ??= launch();
    const context = await (browser ?? (await shared)).newContext({ ...size, ignoreHTTPSErrors: true, baseURL: url, ...(recorder ? { proxy: recorder.proxy } : {}), ...more });
    this.#onEnd(() => context.close());
    context.setDefaultTimeout(kActionMs);
    if (who !== null) {
      const [name, value] = (await cookieOf(who)).split('=');
      await context.addCookies([{ name, value, url, httpOnly: true, secure: true, sameSite: 'Lax' }]);
    }
    context.on('page', (page) => this.#watch(page));
    return context.newPage();
  }

  #watch(page) {
    this.#pages.push(page);
    page.on('pageerror', (error) => this.complaints.push(`the page ${page.url()} threw: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) this.complaints.push(`the page ${page.url()} broke its policy: ${message.text()}`);
    });
  }

  phone(who, options) {
    return this.page(kPhone, who, options);
  }

  /** A phone that trusts the installation's certificate: only then may it keep a service worker. */
  async trustingPhone(who) {
    const browser = await launch('--ignore-certificate-errors');
    this.#onEnd(() => browser.close());
    return this.page(kPhone, who, { browser });
  }

  desk(who, options) {
    return this.page(kDesk, who, options);
  }

  /** A phone whose camera sees this serial's label, or a code with this text. */
  phoneSeeing(serial, who = null, text = labelText(host, serial)) {
    return this.pageSeeing(kPhone, serial, who, text);
  }

  async pageSeeing(size, serial, who, text = labelText(host, serial)) {
    const folder = mkdtempSync(join(tmpdir(), 'turnkey-clip-'));
    const clip = writeClip(join(folder, 'label.y4m'), text);
    const browser = await launch(`--use-file-for-fake-video-capture=${clip}`);
    this.#onEnd(() => rmSync(folder, { recursive: true }));
    this.#onEnd(() => browser.close());
    return this.page(size, who, { browser });
  }

  async recorder() {
    const recorder = await Recorder.open();
    this.#onEnd(() => recorder.close());
    return recorder;
  }

  /** A network that can be cut, for one page: { proxy } of its options. */
  async cutter() {
    const cutter = await Cutter.open();
    this.#onEnd(() => cutter.close());
    return cutter;
  }

  /** A terminal for turnkeyctl; somebody is signed in there unless `who` is null. */
  async terminal(who = null) {
    const terminal = new Terminal();
    this.#onEnd(() => terminal.close());
    return who === null ? terminal : terminal.signIn(who);
  }

  /** A new device that nobody plays yet. */
  device(recipe) {
    return makeDevice(recipe);
  }

  async firmware(device) {
    const firmware = new Firmware(device);
    this.#onEnd(() => firmware.close());
    return firmware.connected();
  }

  /** Played by the simulator: with a button and a light. */
  async unit(device) {
    const unit = new Unit(device);
    this.#onEnd(() => unit.close());
    return unit.connected();
  }

  async listener(device) {
    const listener = new Listener(device);
    this.#onEnd(() => listener.close());
    return listener.subscribed();
  }

  async end(failed) {
    if (failed !== null) await this.#leave(failed);
    for (const end of this.#ends) await end();
  }

  async #leave(name) {
    const folder = process.env['TURNKEY_E2E_FAILURES'];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    const base = join(folder, name.replace(/[^a-z0-9]+/gi, '-').slice(0, 80));
    for (const [index, page] of this.#pages.entries()) {
      if (page.isClosed()) continue;
      await page.screenshot({ path: `${base}.${index}.png`, fullPage: true }).catch(() => undefined);
      writeFileSync(`${base}.${index}.html`, `${page.url()}\n${await page.content().catch(() => '')}`);
    }
  }
}
