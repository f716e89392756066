// SPDX-License-Identifier: Apache-2.0
// A thousand cuts (checklist S22): connections of phones break at random moments, and no press, status or report is lost.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, handOver, makeDevices, makeRecipe, send } from '../harness/api.mjs';
import { sadler } from '../harness/demo.mjs';
import { eventually, pause } from '../harness/eventually.mjs';
import { inState, openWindow } from '../harness/pages.mjs';
import { Phone } from '../harness/phone.mjs';

const kSeed = 20261124;
const kWaiting = 20;
const kWatching = 5;
const kCutsEach = 40;
const kCutsInBrowser = 20;
const kPatient = { seconds: 60 };

/** Random numbers that are the same every time (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Cuts a network again and again; counts the times that something broke. */
class Cuts {
  count = 0;
  #going = true;

  constructor(net, random, wanted = kCutsEach) {
    this.wanted = wanted;
    this.ended = this.#cut(net, random);
  }

  get enough() {
    return this.count >= this.wanted;
  }

  async #cut(net, random) {
    while (this.#going) {
      await pause(60 + 900 * random());
      if (net.cut() > 0) this.count += 1;
    }
  }

  async stop() {
    this.#going = false;
    await this.ended;
  }
}

const cancel = async (id) => assert.equal((await send('DELETE', `/api/provisionings/${id}`, { cookie: await cookieOf(sadler.technician) })).status, 204);

/** Wrong bursts count on in the next window of the same person and device; the fifth would lock. */
const kWindowsEach = 4;
const kDevicesEach = 8;

/** One window: a wrong burst, the right one, and its end, each told to the phone. */
async function waitThrough(phone, device, firmware, random) {
  const { id, presence } = await as(sadler.technician, 'POST', '/api/provisionings', { serial: device.serial });
  const wanted = presence.requiredPresses;
  const shown = phone.watch(id);
  const until = (what, check) => eventually(`${phone.name} hears of ${what} of ${device.serial}`, () => check() || Promise.reject(new Error(JSON.stringify(shown.states))), kPatient);
  try {
    await until('the window', () => shown.states.includes('waiting'));
    await pause(300 * random());
    firmware.press(wanted === 1 ? 2 : 1);
    await until('the wrong burst', () => shown.wrongBursts === 1);
    firmware.press(wanted);
    await until('the proof', () => shown.states.includes('proven'));
    assert.equal(shown.mostPresses, wanted, 'every press was counted, and none twice');
    await pause(300 * random());
    await cancel(id);
    await until('the end', () => shown.states.includes('cancelled'));
    assert.deepEqual(shown.states, ['waiting', 'proven', 'cancelled']);
  } finally {
    shown.close();
  }
}

async function waitingPhone(tale, devices, random) {
  const net = await tale.cutter();
  let [device, firmware] = [null, null];
  const phone = new Phone(await cookieOf(sadler.technician), net);
  const cuts = new Cuts(net, random);
  let windows = 0;
  try {
    for (; !cuts.enough; windows += 1) {
      if (windows % kWindowsEach === 0) {
        device = devices[windows / kWindowsEach];
        firmware = await tale.firmware(device);
      }
      await waitThrough(phone, device, firmware, random);
    }
  } finally {
    await cuts.stop();
  }
  return { cuts: cuts.count, windows };
}

/**
 * Numbered reports while the stream is cut: the stream alone must tell all of them, in order and once. A phone that was away
 * for too long is told to ask for the state instead.
 */
async function watchingPhone(tale, device, random) {
  const [firmware, net] = [await tale.firmware(device), await tale.cutter()];
  await handOver(sadler.technician, device, firmware, `Watched ${device.serial}`);
  const heard = [];
  let [lost, resyncs, excused] = [0, 0, false];
  const stream = new Phone(await cookieOf(sadler.technician), net).listen(device.serial, (name, event) => {
    if (name === 'resync') [resyncs, excused] = [resyncs + 1, true];
    if (name !== 'state') return;
    if (heard.length > 0 && event.data.rpm !== heard.at(-1) + 1 && !(excused && event.data.rpm > heard.at(-1))) lost += 1;
    excused = false;
    heard.push(event.data.rpm);
  });
  let reported = 0;
  const report = () => firmware.report({ rpm: (reported += 1) });
  await eventually('the stream is live', () => heard.length > 0 || (report(), false));
  const cuts = new Cuts(net, random);
  try {
    while (!cuts.enough) {
      await pause(200 + 200 * random());
      report();
    }
    await eventually(`${device.serial} tells the last report`, () => heard.at(-1) === reported || Promise.reject(new Error(`${heard.at(-1)} of ${reported}`)), kPatient);
  } finally {
    await cuts.stop();
    stream.close();
  }
  assert.equal(lost, 0, `${device.serial}: ${heard}`);
  return { cuts: cuts.count, reports: heard.length, resyncs };
}

story('S22 a thousand cuts at random moments lose no press, no status and no report', async (tale) => {
  const recipe = await makeRecipe('Cut off', { presencePolicy: 'pattern' });
  const devices = await makeDevices(recipe, kWaiting * kDevicesEach);
  const watched = await makeDevices(await makeRecipe('Watched', {}), kWatching);
  const began = Date.now();
  const [waited, seen] = await Promise.all([
    Promise.all(Array.from({ length: kWaiting }, (_, at) => waitingPhone(tale, devices.slice(at * kDevicesEach, (at + 1) * kDevicesEach), numbers(kSeed + at)))),
    Promise.all(watched.map((device, at) => watchingPhone(tale, device, numbers(kSeed + kWaiting + at)))),
  ]);
  const sum = (all, name) => all.reduce((total, each) => total + each[name], 0);
  const cuts = sum(waited, 'cuts') + sum(seen, 'cuts');
  console.log(`${cuts} cuts, ${sum(waited, 'windows')} windows, ${sum(seen, 'reports')} reports, ${sum(seen, 'resyncs')} times too late for the stream, ${Math.round((Date.now() - began) / 1000)} s`);
  assert.ok(cuts >= 1000);
}, { ms: 600_000 });

story('S22 cuts while a real phone waits lose no press and no status', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const net = await tale.cutter();
  const page = await tale.phone(sadler.technician, { proxy: net.proxy });
  const random = numbers(kSeed);
  for (let done = 0; done < kCutsInBrowser;) {
    const id = await openWindow(page, device.serial);
    const cuts = new Cuts(net, random);
    const target = Math.min(5, kCutsInBrowser - done);
    try {
      await eventually('it was cut some times', () => cuts.count >= target - 2, kPatient);
      firmware.press();
      await inState(page, 'proven', kPatient);
      await eventually('it was cut once more', () => cuts.count >= target, kPatient);
      await cancel(id);
      await page.locator('[data-testid="ended"][data-state="cancelled"]').waitFor({ timeout: 60_000 });
    } finally {
      await cuts.stop();
    }
    done += cuts.count;
  }
}, { ms: 300_000 });
