// SPDX-License-Identifier: Apache-2.0
// What phones go through in the field: sleep, no network, networks that let no stream through, hasty fingers.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, demoRecipe, handOver, makeRecipe } from '../harness/api.mjs';
import { operator, sadler, url } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { fillForm, inState, openWindow, typeSerial, valueBecomes } from '../harness/pages.mjs';
import { kDesk, kPhone } from '../harness/scene.mjs';

const isStream = (address) => new URL(address).pathname.endsWith('/events');

/** The streams that a page opened so far. */
function streamsOf(page) {
  const opened = [];
  page.on('request', (request) => { if (isStream(request.url())) opened.push(new URL(request.url())); });
  return opened;
}

/** The screen goes off, and the network with it. */
async function sleep(page, net) {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  net.down();
}

async function wake(page, net) {
  net.up();
  await page.evaluate(() => {
    delete document.visibilityState;
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

/** Somebody at the form: presence is proven, and all is filled in. The device. */
async function fillFormOf(tale, page, name) {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await openWindow(page, device.serial);
  firmware.press();
  await inState(page, 'proven');
  await fillForm(page, { name });
  return device;
}

const linesOf = async (serial) => (await as(operator, 'GET', `/api/devices/${serial}/ledger`)).items;

story('a press while the phone sleeps without network is shown as soon as it wakes', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const net = await tale.cutter();
  const page = await tale.phone(sadler.technician, { proxy: net.proxy });
  const streams = streamsOf(page);
  const id = await openWindow(page, device.serial);
  await eventually('the stream is open', () => streams.length >= 1);
  await sleep(page, net);
  firmware.press();
  await eventually('the press is heard without the phone', async () => (await as(sadler.technician, 'GET', `/api/provisionings/${id}`)).state === 'proven');
  assert.equal(await page.getByTestId('provisioning').getAttribute('data-state'), 'waiting');
  const before = streams.length;
  await wake(page, net);
  await inState(page, 'proven');
  await eventually('the stream is opened again', () => streams.length > before);
});

story('a dashboard that slept goes on after the event it saw last, and shows the newest value', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  await handOver(sadler.technician, device, firmware, 'Sleeper');
  const net = await tale.cutter();
  const page = await tale.phone(sadler.technician, { proxy: net.proxy });
  const streams = streamsOf(page);
  await page.goto(`/devices/${device.serial}`);
  await eventually('the stream is open', () => streams.length >= 1);
  await eventually('a value comes live', async () => {
    firmware.report({ rpm: 1501 });
    return (await page.getByTestId('value-rpm').getAttribute('data-value')) === '1501';
  });
  await sleep(page, net);
  firmware.report({ rpm: 1502 });
  firmware.report({ rpm: 1503 });
  await wake(page, net);
  await valueBecomes(page, 'rpm', (value) => value === '1503');
  assert.ok(streams.some((each) => /\.0$/.test(each.searchParams.get('lastEventId') ?? '')), `the stream says where it was: ${streams.map((each) => each.search)}`);
});

story('where streams are blocked the page asks instead: a press is shown, and the form, and the end', async (tale) => {
  const page = await tale.phone(sadler.technician);
  await page.route((address) => isStream(address.href), (route) => route.abort());
  await fillFormOf(tale, page, 'Behind a proxy');
  await page.getByTestId('form-submit').click();
  await page.getByTestId('success').waitFor();
});

for (const [size, viewport] of Object.entries({ phone: kPhone, desk: kDesk })) {
  story(`hasty fingers on Start and on Submit open one window and hand over once (${size})`, async (tale) => {
    const device = await tale.device();
    const firmware = await tale.firmware(device);
    const page = await tale.page(viewport, sadler.technician);
    const posts = [];
    page.on('request', (request) => { if (request.method() === 'POST') posts.push(new URL(request.url()).pathname); });
    // A slow network leaves time for a second touch.
    await page.route('**/api/provisionings**', async (route) => {
      if (route.request().method() === 'POST') await new Promise((resolve) => setTimeout(resolve, 700));
      await route.continue();
    });
    const hasty = (id) => page.evaluate((testid) => {
      const button = document.querySelector(`[data-testid="${testid}"]`);
      for (let touch = 0; touch < 3; touch += 1) button.click();
    }, id);
    await page.goto(`/register/${device.serial}`);
    await page.getByTestId('provisioning-start').waitFor();
    await hasty('provisioning-start');
    await inState(page, 'waiting');
    const first = new URL(page.url()).searchParams.get('p');
    firmware.press();
    await inState(page, 'proven');
    assert.equal(new URL(page.url()).searchParams.get('p'), first);
    await fillForm(page, { name: `Hasty ${size}` });
    await hasty('form-submit');
    await page.getByTestId('success').waitFor();
    assert.deepEqual(posts.filter((path) => path === '/api/provisionings'), ['/api/provisionings']);
    assert.equal(posts.filter((path) => path.endsWith('/completion')).length, 1);
    assert.equal((await linesOf(device.serial)).filter((line) => line.act === 'device.assigned').length, 1, 'one line of the ledger');
  });
}

story('Start is touched before the page has looked whose device it is: still one window', async (tale) => {
  const device = await tale.device();
  const page = await tale.phone(sadler.technician);
  let opened = 0;
  page.on('request', (request) => { if (request.method() === 'POST' && request.url().endsWith('/api/provisionings')) opened += 1; });
  let looked;
  const answered = new Promise((resolve) => (looked = resolve));
  await page.route(`**/api/devices/${device.serial}`, async (route) => {
    await answered;
    await route.continue();
  });
  await typeSerial(page, device.serial);
  await page.getByTestId('provisioning-start').click();
  await inState(page, 'waiting');
  const late = page.waitForResponse((response) => response.url().endsWith(`/api/devices/${device.serial}`));
  looked();
  await late;
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  assert.equal(opened, 1);
  await inState(page, 'waiting');
});

story('a form that is sent without network is kept, says so, and is sent when the network is back', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const device = await fillFormOf(tale, page, 'From the cellar');
  await page.context().setOffline(true);
  await page.getByTestId('form-submit').click();
  await page.getByTestId('form-error').waitFor();
  assert.match(await page.getByTestId('form-error').innerText(), /No connection.*try again/i);
  assert.equal(await page.getByTestId('form-name').inputValue(), 'From the cellar');
  await page.context().setOffline(false);
  await page.reload();
  await inState(page, 'proven');
  await page.getByTestId('model-kd-60').locator('input').and(page.locator(':checked')).waitFor({ state: 'attached' });
  assert.equal(await page.getByTestId('form-name').inputValue(), 'From the cellar', 'a reload keeps it too');
  await page.getByTestId('form-submit').click();
  await page.getByTestId('success').waitFor();
  assert.equal((await as(sadler.technician, 'GET', `/api/devices/${device.serial}`)).name, 'From the cellar');
});

story('an answer to the hand-over that is lost is asked for again, and it is handed over once', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const device = await fillFormOf(tale, page, 'Lost answer');
  let lost = 0;
  await page.route('**/completion', async (route) => {
    if (lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    return route.abort();
  });
  await page.getByTestId('form-submit').click();
  await eventually('the page shows that it is done', async () => {
    if (await page.getByTestId('success').isVisible()) return true;
    await page.getByTestId('form-submit').click({ timeout: 1_000 });
    return false;
  }, { seconds: 20 });
  assert.equal(lost, 1);
  assert.equal((await linesOf(device.serial)).filter((line) => line.act === 'device.assigned').length, 1);
});

story('every refusal on the way names its cause and what to do next', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const refusal = async (serial, words) => {
    await typeSerial(page, serial);
    const told = await page.getByTestId('open-error').innerText();
    assert.match(told, words);
    assert.doesNotMatch(told, /undefined|null|_|\b[45]\d\d\b/, 'people read words, not codes');
  };
  await refusal(`NO-SUCH-${Date.now()}`, /cannot be provisioned[\s\S]*Compare it with the label[\s\S]*ask whoever delivered/);
  const busy = await tale.device(await makeRecipe('Busy', { presencePolicy: 'press' }));
  const firmware = await tale.firmware(busy);
  const other = await as(sadler.admin, 'POST', '/api/provisionings', { serial: busy.serial });
  await eventually('somebody else has pressed', async () => {
    firmware.press();
    return (await as(sadler.admin, 'GET', `/api/provisionings/${other.id}`)).state === 'proven';
  });
  await refusal(busy.serial, /busy[\s\S]*Someone else[\s\S]*Try again/);
  await page.context().setOffline(true);
  await page.getByTestId('provisioning-start').click();
  await page.getByTestId('open-error').filter({ hasText: /No connection/ }).waitFor();
  assert.match(await page.getByTestId('open-error').innerText(), /Check the network and try again/);
});

story('the app can be installed: its manifest says how, and every icon is there in its size', async (tale) => {
  const page = await tale.phone(sadler.technician);
  await page.goto('/register');
  const links = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll('link[rel="manifest"], link[rel="apple-touch-icon"]')].map((each) => [each.rel, each.getAttribute('href')])));
  assert.ok(links['apple-touch-icon']);
  const manifest = await page.evaluate(async (path) => {
    const answer = await fetch(path);
    return { type: answer.headers.get('Content-Type'), ...(await answer.json()) };
  }, links.manifest);
  assert.match(manifest.type, /json/);
  assert.deepEqual([manifest.display, manifest.start_url, manifest.scope], ['standalone', '/register', '/']);
  for (const name of ['name', 'short_name', 'theme_color', 'background_color']) assert.ok(manifest[name], name);
  assert.equal(await page.locator('meta[name="theme-color"]').getAttribute('content'), manifest.theme_color);
  for (const purpose of ['any', 'maskable'])
    for (const size of ['192x192', '512x512'])
      assert.ok(manifest.icons.some((icon) => (icon.purpose ?? 'any') === purpose && icon.sizes === size), `${purpose} ${size}`);
  for (const { src, sizes } of [...manifest.icons, { src: links['apple-touch-icon'], sizes: '180x180' }]) {
    const drawn = await page.evaluate(async (path) => {
      const picture = new Image();
      picture.src = path;
      await picture.decode();
      return `${picture.naturalWidth}x${picture.naturalHeight}`;
    }, src);
    if (sizes !== 'any') assert.equal(drawn, sizes, src);
  }
});

story('opened without network it says so, and the way back works when the network does', async (tale) => {
  const page = await tale.trustingPhone(sadler.technician);
  await page.goto('/register');
  await page.evaluate(async () => { await navigator.serviceWorker.ready; });
  await page.context().setOffline(true);
  await page.goto('/devices');
  await page.getByRole('heading', { name: 'No connection' }).waitFor();
  assert.match(await page.locator('main').innerText(), /cannot be reached/);
  await page.context().setOffline(false);
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByTestId('device-list').waitFor();
  assert.equal(page.url(), `${url}/devices`);
});

story('a recipe without models is no dead end: the form says so, and goes on with what was typed when there is one', async (tale) => {
  const recipe = await makeRecipe('No models yet', { models: [] });
  const device = await tale.device(recipe);
  const firmware = await tale.firmware(device);
  const page = await tale.phone(sadler.technician);
  await openWindow(page, device.serial);
  firmware.press();
  await inState(page, 'proven');
  await page.getByTestId('no-models').waitFor();
  await page.getByTestId('form-name').fill('Typed before');
  const { models } = await as(operator, 'GET', `/api/recipes/${(await demoRecipe()).id}`);
  await as(operator, 'PATCH', `/api/recipes/${recipe.id}`, { models: [{ key: models[0].key, title: models[0].title }] });
  await page.getByTestId('models-again').click();
  await page.getByTestId(`model-${models[0].key}`).waitFor();
  assert.equal(await page.getByTestId('no-models').count(), 0);
  assert.equal(await page.getByTestId('form-name').inputValue(), 'Typed before');
  await fillForm(page, { name: 'Typed before', model: models[0].key });
  await page.getByTestId('form-submit').click();
  await inState(page, 'completed');
});
