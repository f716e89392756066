// SPDX-License-Identifier: Apache-2.0
// A company's own look: colour, logo, name and Bootstrap themes, without an address of anybody else and readable for everybody.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { story } from '../harness/story.mjs';
import { barriers } from '../harness/axe.mjs';
import { demo, operator, sadler, url } from '../harness/demo.mjs';
import { openWindow } from '../harness/pages.mjs';
import { bootswatch, takeOff, variableOf, wear } from '../harness/look.mjs';
import { kDesk, kPhone } from '../harness/scene.mjs';

const kSizes = { phone: kPhone, desk: kDesk };
const kStartsAgainMs = 400_000;

/** What the browser notes without branding, too: nobody is signed in, and a certificate that is not trusted has no service worker. */
const kNoted = /status of 401|SSL certificate error/;

after(takeOff);

/** "#rrggbb" of a computed colour. */
const hex = (computed) => `#${/(\d+), (\d+), (\d+)/.exec(computed).slice(1, 4).map((each) => Number(each).toString(16).padStart(2, '0')).join('')}`;
const colourOf = async (locator, property) => hex(await locator.evaluate((element, name) => getComputedStyle(element)[name], property));

/** What goes wrong on a page without a word to the user. */
function listen(page) {
  const heard = [];
  page.on('console', (message) => { if (message.type() === 'error') heard.push(`${page.url()}: ${message.text()} ${message.location().url}`); });
  page.on('request', (request) => { if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith('data:') && !request.url().startsWith('blob:')) heard.push(`${page.url()} asks ${request.url()}`); });
  return heard;
}

/** Own pages at one size: what is shown, what axe says, what the browser complains of. */
async function tour(tale, size, serial) {
  const viewport = kSizes[size];
  const found = [];
  const visit = async (page, path, id) => {
    const heard = listen(page);
    await page.goto(path);
    await page.getByTestId(id).first().waitFor();
    found.push(...heard.filter((each) => !kNoted.test(each)), ...(await barriers(page)).map((each) => `${path} (${size}): ${each}`));
    page.removeAllListeners('console');
    page.removeAllListeners('request');
  };
  const stranger = await tale.page(viewport, null);
  await visit(stranger, '/login', 'login-submit');
  await visit(stranger, '/welcome', 'welcome');
  const technician = await tale.page(viewport, sadler.technician);
  await visit(technician, '/devices', 'device-list');
  await visit(technician, '/register', 'serial-input');
  await visit(technician, `/devices/${serial}`, 'ledger');
  const admin = await tale.page(viewport, operator);
  await visit(admin, '/admin', 'admin-overview');
  await visit(admin, '/admin/recipes/new', 'recipe-save');
  await visit(admin, '/admin/users', 'user-list');
  await openWindow(technician, (await tale.device()).serial);
  found.push(...(await barriers(technician)).map((each) => `waiting (${size}): ${each}`));
  assert.deepEqual(found, []);
  return { stranger, technician, admin };
}

async function showsLogoAndName(page) {
  const logo = page.getByTestId('brand-logo');
  await logo.waitFor();
  assert.ok(await logo.evaluate(async (picture) => { await picture.decode(); return picture.naturalWidth > 0; }));
  assert.equal(await page.getByTestId('brand-name').innerText(), 'Kanarra Power');
  assert.match(await page.title(), /Kanarra Power$/);
}

const bodyColours = async (page) => ({ background: await colourOf(page.locator('body'), 'backgroundColor'), words: await colourOf(page.locator('body'), 'color') });

story('a colour, a logo and a name are on every page, in the manifest and on the tab', async (tale) => {
  await wear({ settings: { TURNKEY_BRAND_COLOUR: '#C2410C' } });
  for (const size of Object.keys(kSizes)) {
    const { stranger, technician } = await tour(tale, size, demo.devices[0].serial);
    for (const page of [stranger, technician]) await showsLogoAndName(page);
    await stranger.goto('/login');
    await stranger.getByTestId('brand-logo').waitFor();
    assert.equal(await colourOf(stranger.getByTestId('login-submit'), 'backgroundColor'), '#c2410c');
    const manifest = await stranger.evaluate(async () => (await fetch(document.querySelector('link[rel="manifest"]').href)).json());
    assert.equal(manifest.name, 'Kanarra Power');
    assert.equal(await stranger.locator('meta[name="theme-color"]').getAttribute('content'), manifest.theme_color);
    assert.equal(await colourOf(stranger.locator('.login'), 'backgroundColor'), manifest.theme_color);
    const icon = await stranger.request.get('/branding/favicon');
    assert.match(icon.headers()['content-type'], /svg/);
  }
}, { ms: kStartsAgainMs });

story('the colour holds in the dark mode, too, and words on it can be read', async (tale) => {
  const page = await tale.page({ ...kPhone, colorScheme: 'dark' }, null);
  await page.goto('/login');
  await page.getByTestId('brand-logo').waitFor();
  assert.equal(await colourOf(page.getByTestId('login-submit'), 'backgroundColor'), '#c2410c');
  assert.deepEqual(await barriers(page), []);
  const admin = await tale.page({ ...kDesk, colorScheme: 'dark' }, operator);
  await admin.goto('/admin');
  await admin.getByTestId('admin-overview').waitFor();
  assert.deepEqual(await barriers(admin), []);
});

story('what is given once is not given again while it stays the same, and a logo that is opened runs nothing', async (tale) => {
  const page = await tale.desk(null);
  for (const name of ['theme.css', 'logo', 'favicon', 'manifest.webmanifest']) {
    const first = await page.request.get(`/branding/${name}`);
    assert.equal(first.status(), 200, name);
    const headers = first.headers();
    assert.equal(headers['cache-control'], 'no-cache');
    assert.match(headers['content-security-policy'], /default-src 'none';.*sandbox/);
    const again = await page.request.get(`/branding/${name}`, { headers: { 'If-None-Match': headers['etag'] } });
    assert.equal(again.status(), 304, name);
  }
});

for (const theme of ['flatly', 'darkly']) {
  story(`the Bootswatch theme ${theme} is put on as it is, fetches nothing elsewhere and can be read`, async (tale) => {
    await wear({ theme: bootswatch(theme) });
    const [background, primary] = ['--bs-body-bg', '--bs-primary'].map((name) => variableOf(bootswatch(theme), name));
    const full = background.length === 4 ? `#${[...background.slice(1)].map((each) => each + each).join('')}` : background;
    for (const [size, scheme] of [['phone', 'light'], ['desk', 'dark']]) {
      const { stranger } = await tour(tale, size, demo.devices[0].serial);
      await stranger.emulateMedia({ colorScheme: scheme });
      await stranger.goto('/login');
      await showsLogoAndName(stranger);
      assert.equal(await colourOf(stranger.getByTestId('login-submit'), 'backgroundColor'), primary);
      assert.equal(await colourOf(stranger.getByTestId('login-email'), 'backgroundColor'), full);
      assert.match(await stranger.getByTestId('login-submit').evaluate((button) => getComputedStyle(button).fontFamily), /^Lato/);
    }
  }, { ms: kStartsAgainMs });
}
