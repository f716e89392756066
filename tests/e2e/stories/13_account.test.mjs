// SPDX-License-Identifier: Apache-2.0
// One's own account: a name, a password that ends what was open elsewhere, and the way out of everything at once.
import assert from 'node:assert/strict';
import { story } from '../harness/story.mjs';
import { as, cookieOf, leafOf, send, signIn } from '../harness/api.mjs';
import { sadler } from '../harness/demo.mjs';
import { eventually } from '../harness/eventually.mjs';
import { faults } from '../harness/faults.mjs';

const kFirst = 'the first of all passwords';
const kSecond = 'the second of all passwords';
let made = 0;

/** Somebody whom no other story signs in. */
async function somebody() {
  const email = `account.${Date.now()}.${++made}@sadler-isberg.example`;
  const group = await leafOf(sadler.admin);
  await as(sadler.admin, 'POST', '/api/users', { email, name: 'Ann Account', password: kFirst, role: 'viewer', groupIds: [group.id] });
  return { email, password: kFirst };
}

const signedIn = async (cookie) => (await send('GET', '/api/session', { cookie })).status === 200;

async function openAccount(page) {
  await page.goto('/devices');
  await page.getByTestId('nav-account').click();
  await page.getByTestId('nav-my-account').click();
  await page.getByTestId('account').waitFor();
}

async function changePassword(page, current, wanted) {
  await page.getByTestId('current-password').fill(current);
  await page.getByTestId('new-password').fill(wanted);
  await page.getByTestId('password-save').click();
}

story('somebody changes their name and password: this session goes on, the others and the tokens end', async (tale) => {
  const who = await somebody();
  const elsewhere = await signIn(who);
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { secret } = (await send('POST', '/api/tokens', { cookie: elsewhere, body: { name: 'Script', scopes: ['read'], expiresAt } })).json;
  const bearer = { origin: null, headers: { Authorization: `Bearer ${secret}` } };
  const page = await tale.phone(who);
  await openAccount(page);
  assert.equal(await page.getByTestId('account-email').innerText(), who.email);
  assert.match(await page.getByTestId('account-role').innerText(), /^Viewer/);
  assert.deepEqual(await faults(page), []);
  await page.getByTestId('account-name').fill('Ann Renamed');
  await page.getByTestId('account-rename').click();
  await page.getByTestId('account-said').filter({ hasText: 'name is saved' }).waitFor();
  await page.getByTestId('nav-account').click();
  await page.getByText('Ann Renamed', { exact: true }).waitFor();
  await page.keyboard.press('Escape');

  await changePassword(page, kFirst, 'short');
  await page.getByText('At least 10 characters; 5 more.').waitFor();
  await changePassword(page, 'not their password', kSecond);
  await page.getByText('this is not your password').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'current-password');
  assert.ok(await signedIn(elsewhere), 'a wrong password ends nothing');
  await changePassword(page, kFirst, kSecond);
  await page.getByTestId('account-said').filter({ hasText: 'password is changed' }).waitFor();
  assert.ok(await signedIn(await cookieOf(who)), 'this session goes on');
  await eventually('the other session is over', async () => !(await signedIn(elsewhere)));
  assert.equal((await send('GET', '/api/devices', bearer)).status, 401);
  assert.equal((await send('POST', '/api/session', { body: { email: who.email, password: kFirst } })).status, 401);
  assert.ok(await signedIn(await signIn({ ...who, password: kSecond })));
});

story('wrong current passwords are counted with failed sign-ins, and soon nothing is compared any more', async (tale) => {
  const who = await somebody();
  const page = await tale.desk(who);
  await openAccount(page);
  const cookie = await cookieOf(who);
  const guess = () => send('PATCH', '/api/session', { cookie, body: { password: { current: 'a guess', new: kSecond } } });
  for (let tries = 0; tries < 5; ++tries) assert.equal((await guess()).status, 422);
  const slowed = await guess();
  assert.equal(slowed.status, 429);
  assert.ok(Number(slowed.headers['retry-after']) > 0);
  await changePassword(page, kFirst, kSecond);
  await page.getByTestId('password-problem').filter({ hasText: 'Wait a minute' }).waitFor();
});

story('who lost a phone signs out everywhere, this page too, and the lost one says why', async (tale) => {
  const who = await somebody();
  const elsewhere = await signIn(who);
  const lost = await tale.phone(who);
  await lost.goto('/devices');
  const page = await tale.phone(who);
  await openAccount(page);
  await page.getByTestId('sign-out-everywhere').click();
  await page.getByTestId('confirm-yes').click();
  await page.getByTestId('login-email').waitFor();
  assert.equal(await page.getByTestId('signed-out').count(), 0, 'they did it themselves');
  await lost.getByTestId('signed-out').filter({ hasText: 'You were signed out' }).waitFor();
  await eventually('every session is over', async () => !(await signedIn(elsewhere)) && !(await signedIn(await cookieOf(who))));
});
