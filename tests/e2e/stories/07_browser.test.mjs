// SPDX-License-Identifier: Apache-2.0
// What protects the browser (checklist S18), and what everybody can use: keyboard, labels, landmarks, a page for "not found".
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { cookieOf, handOver, leafOf, send, signIn } from '../harness/api.mjs';
import { demo, operator, sadler, url } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { faults } from '../harness/faults.mjs';
import { openWindow } from '../harness/pages.mjs';

const kEvil = 'https://evil.example';
const serial = demo.devices[0].serial;

story('S18 requests that change something are refused from another site, without an origin, and streams too', async () => {
  const cookie = await cookieOf(sadler.admin);
  for (const origin of [kEvil, null, 'null', `${url}.evil.example`, url.replace('https', 'http')]) {
    for (const [method, path, body] of [['POST', '/api/session', { email: operator.email, password: operator.password }], ['POST', '/api/provisionings', { serial }],
      ['POST', `/api/devices/${serial}/commands`, { name: 'stop' }], ['POST', `/api/devices/${serial}/release`, {}], ['DELETE', '/api/session']]) {
      const answer = await send(method, path, { cookie, body, origin });
      assert.ok(answer.status >= 400 && answer.status < 500 && answer.status !== 404, `${method} ${path} from ${origin} answered ${answer.status}`);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  }
  assert.equal((await send('GET', '/api/session', { cookie })).status, 200, 'the session is still there');
  const events = `/api/devices/${serial}/events`;
  for (const headers of [{ Origin: kEvil }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const answer = await send('GET', events, { cookie, origin: null, headers, untilBytes: true });
    assert.ok(answer.status >= 400 && answer.status < 500, `a stream for ${JSON.stringify(headers)} answered ${answer.status}`);
  }
  const own = await send('GET', events, { cookie, headers: { 'Sec-Fetch-Site': 'same-origin' }, untilBytes: true });
  assert.equal(own.status, 200);
});

story('S18 a page of another site reads nothing and changes nothing, even in the browser of one who is signed in', async (tale) => {
  const page = await tale.desk(sadler.admin);
  await page.route(`${kEvil}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>evil</title>' }));
  await page.goto(`${kEvil}/`);
  const outcome = await page.evaluate(async ([to, device]) => {
    const attempt = async (path, options) => {
      try {
        const answer = await fetch(to + path, { credentials: 'include', ...options });
        return `${answer.type} ${answer.status} ${(await answer.text()).length}`;
      } catch {
        return 'refused';
      }
    };
    const stream = await new Promise((resolve) => {
      const source = new EventSource(`${to}/api/devices/${device}/events`, { withCredentials: true });
      source.onopen = () => resolve('opened');
      source.onerror = () => resolve('refused');
    });
    return [await attempt(`/api/devices/${device}`), await attempt('/api/provisionings', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }), stream];
  }, [url, serial]);
  assert.deepEqual(outcome, ['refused', 'refused', 'refused']);
});

story('S18 the session cookie is out of reach of scripts and other sites', async (tale) => {
  const answer = await send('POST', '/api/session', { body: { email: sadler.viewer.email, password: sadler.viewer.password } });
  const [cookie, ...more] = answer.headers['set-cookie'];
  assert.equal(more.length, 0);
  for (const flag of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/']) assert.ok(cookie.includes(`; ${flag}`), `${flag} in ${cookie.replace(/=[0-9a-f]{64}/, '=…')}`);
  assert.doesNotMatch(cookie, /Domain/i);
  const page = await tale.desk(sadler.viewer);
  await page.goto('/devices');
  assert.equal(await page.evaluate(() => document.cookie), '');
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })), /[0-9a-f]{64}/);
});

story('S18 every answer carries a policy without inline code, and only the scan page may use the camera', async () => {
  const cookie = await cookieOf(sadler.technician);
  for (const path of ['/login', '/devices', `/devices/${serial}`, '/register', `/register/${serial}`, `/d/${serial}`, '/nowhere', '/api/session', '/api/devices/NO-SUCH-1']) {
    const { headers } = await send('GET', path, { cookie });
    const policy = headers['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'|default-src 'self'/, path);
    assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'|(?:^|\s)\*(?:\s|;|$)/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
    assert.match(headers['permissions-policy'] ?? '', path.startsWith('/register') ? /camera=\(self\)/ : /camera=\(\)/, path);
  }
});

story('S18 the camera opens on the scan page and on no other', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const camera = () => page.evaluate(() => navigator.mediaDevices.getUserMedia({ video: true }).then((stream) => { stream.getTracks().forEach((track) => track.stop()); return 'opened'; }, (error) => error.name));
  await page.goto('/devices');
  await page.getByTestId('device-list').waitFor();
  assert.equal(await camera(), 'NotAllowedError');
  await page.getByTestId('nav-register').click();
  await page.getByTestId('scan-video').waitFor();
  assert.equal(await camera(), 'opened');
  await page.getByTestId('nav-devices').click();
  await page.getByTestId('device-list').waitFor();
  assert.equal(await camera(), 'NotAllowedError');
});

story('signing out ends the session at the server, and the way back asks again', async (tale) => {
  const cookie = await signIn(sadler.viewer);
  const page = await tale.phone(null);
  const [name, value] = cookie.split('=');
  await page.context().addCookies([{ name, value, url, httpOnly: true, secure: true, sameSite: 'Lax' }]);
  await page.goto('/devices');
  await page.getByTestId('nav-account').click();
  await page.getByTestId('sign-out').click();
  await page.getByTestId('login-email').waitFor();
  assert.equal((await send('GET', '/api/session', { cookie })).status, 401);
  await page.goBack();
  await page.getByTestId('login-email').waitFor();
});

story('an address that leads nowhere says so with status 404 and a way back', async (tale) => {
  const page = await tale.phone(sadler.technician);
  const answer = await page.goto('/no/such/page');
  assert.equal(answer.status(), 404);
  await page.getByTestId('not-found').waitFor();
  await page.getByRole('link', { name: 'To the devices' }).click();
  await page.getByTestId('device-list').waitFor();
});

story('one can sign in, look and open a window with the keyboard alone', async (tale) => {
  const page = await tale.desk(null);
  await page.goto('/');
  await page.getByTestId('login-email').waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName);
  const tabTo = async (id) => {
    for (let step = 0; step < 40 && (await focused()) !== id; step += 1) await page.keyboard.press('Tab');
    assert.equal(await focused(), id, `Tab reaches ${id}`);
  };
  await tabTo('login-email');
  await page.keyboard.type(sadler.technician.email);
  await tabTo('login-password');
  await page.keyboard.type(sadler.technician.password);
  await page.keyboard.press('Enter');
  await page.getByTestId('device-list').waitFor();
  await tabTo('nav-register');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, 'none', 'one sees where one is');
  await page.keyboard.press('Enter');
  await page.getByTestId('serial-input').waitFor();
  await tabTo('serial-input');
  const device = await tale.device();
  await page.keyboard.type(device.serial);
  await page.keyboard.press('Enter');
  await page.locator('[data-testid="provisioning"][data-state="waiting"]').waitFor();
  await eventually('the new page has the focus at its heading', async () => (await focused()) === 'H1');
  (await tale.firmware(device)).press();
  await page.locator('[data-testid="provisioning"][data-state="proven"]').waitFor();
  await eventually('the next step has it', async () => (await focused()) === 'H1');
  await tabTo('cancel');
  await page.keyboard.press('Enter');
  await tabTo('cancel-confirm');
  await page.keyboard.press('Enter');
  await page.getByTestId('ended').waitFor();
  await eventually('the end has it', async () => (await focused()) === 'H1');
});

story('Back takes back a chosen group and a chosen state, and not the letters of a search', async (tale) => {
  const leaf = await leafOf(sadler.technician);
  const page = await tale.desk(sadler.technician);
  await page.goto('/trust');
  await page.goto('/devices');
  await page.getByTestId('device-list').waitFor();
  await page.getByTestId('state-connected').click();
  const folded = page.locator('[role="treeitem"][aria-expanded="false"] .twist');
  while ((await folded.count()) > 0) await folded.first().click();
  await page.getByTestId(`group-${leaf.id}`).click();
  await page.getByTestId('device-search').pressSequentially('gen');
  const now = () => new URL(page.url()).search;
  await eventually('the search is in the address', () => now() === `?state=connected&group=${leaf.id}&q=gen`);
  for (const expected of ['?state=connected', '']) {
    await page.goBack();
    await eventually(`Back leads to "${expected}"`, () => now() === expected);
  }
  assert.equal(new URL(page.url()).pathname, '/devices');
});

story('what is wrong with a typed serial stands above the tabs of a phone', async (tale) => {
  const { serial: right } = await tale.device();
  const wrong = right.slice(0, 5) + (right[5] === '7' ? '8' : '7') + right.slice(6);
  const page = await tale.phone(sadler.technician);
  await page.goto('/register');
  await page.getByTestId('serial-input').fill(wrong);
  await page.getByTestId('serial-submit').click();
  await page.getByTestId('serial-error').filter({ hasText: 'A character is wrong' }).waitFor();
  const words = await page.getByTestId('serial-error').boundingBox();
  const tabs = await page.locator('nav.places').boundingBox();
  assert.ok(words.y + words.height <= tabs.y, `the words end at ${words.y + words.height}, the tabs begin at ${tabs.y}`);
});

story('a name of 255 letters without a blank keeps every page as wide as the phone', async (tale) => {
  const device = await tale.device();
  const firmware = await tale.firmware(device);
  const name = 'W'.repeat(255);
  await handOver(sadler.technician, device, firmware, name);
  const page = await tale.phone(sadler.admin);
  for (const [path, id] of [[`/devices?q=${device.serial}`, `device-row-${device.serial}`], [`/devices/${device.serial}`, 'dashboard']]) {
    await page.goto(path);
    await page.getByTestId(id).waitFor();
    assert.deepEqual(await faults(page), [], path);
  }
  assert.ok((await page.getByRole('heading', { level: 1 }).boundingBox()).height < 120, 'the heading leaves room for the rest');
  await page.getByTestId('command-stop').click();
  await page.getByTestId('command-dialog').waitFor();
  assert.deepEqual(await faults(page), [], 'the question before a command');
});

story('on every page inputs have labels, controls have names, there is one main and one heading, and nothing is wider than the phone', async (tale) => {
  const free = await tale.device();
  const page = await tale.phone(sadler.admin);
  for (const [path, id] of [['/devices', 'device-list'], [`/devices/${serial}`, 'ledger'], ['/register', 'serial-input'], ['/trust', 'ca-download'], ['/nowhere', 'not-found'], ['/devices/NO-SUCH-1', 'device-missing']]) {
    await page.goto(path);
    await page.getByTestId(id).waitFor();
    assert.deepEqual(await faults(page), [], path);
  }
  await openWindow(page, free.serial);
  assert.deepEqual(await faults(page), [], 'waiting');
  const stranger = await tale.phone(null);
  await stranger.goto('/login');
  await stranger.getByTestId('login-submit').waitFor();
  assert.deepEqual(await faults(stranger), [], 'sign-in');
});

story('a wrong password and an unknown address get the same words, and the password is not kept', async (tale) => {
  const page = await tale.phone(null);
  await page.goto('/login');
  const said = [];
  for (const email of [`nobody.${Date.now()}@sadler-isberg.example`, `other.${Date.now()}@sadler-isberg.example`, sadler.viewer.email]) {
    await page.getByTestId('login-email').fill(email);
    await page.getByTestId('login-password').fill('not the password');
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/session') && response.request().method() === 'POST');
    await page.getByTestId('login-submit').click();
    assert.equal((await answered).status(), 401);
    said.push(await page.getByTestId('login-error').innerText());
    assert.equal(await page.getByTestId('login-password').inputValue(), '');
  }
  assert.equal(new Set(said).size, 1);
});
