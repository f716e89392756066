// SPDX-License-Identifier: Apache-2.0
// The HTTP API without a browser: raw answers, for setting scenes and for comparing bytes.
import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { demo, operator, url } from './demo.mjs';
import { eventually } from './eventually.mjs';

const ca = readFileSync(demo.cafile);
const kTimeoutMs = 30_000;

/**
 * One request; resolves with the whole answer, whatever its status. A stream is cut after its first bytes.
 * @returns {Promise<{ status: number, headers: Record<string, string | string[]>, text: string, json: any }>}
 */
export function send(method, path, { cookie, body, headers = {}, origin = url, untilBytes = false, localAddress } = {}) {
  const target = new URL(path, url);
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const all = {
    ...(cookie === undefined ? {} : { Cookie: cookie }),
    ...(origin === null ? {} : { Origin: origin }),
    ...(payload === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(target, { method, headers: all, ca, family: 4, localAddress, agent: false, timeout: kTimeoutMs }, (response) => {
      const parts = [];
      const done = () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json = null;
        try { json = JSON.parse(text); } catch { /* not JSON: the text says what it is */ }
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      };
      response.on('data', (part) => {
        parts.push(part);
        if (untilBytes) { done(); request.destroy(); }
      });
      response.on('end', done);
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer within ${kTimeoutMs} ms`)));
    request.on('error', reject);
    request.end(payload);
  });
}

const sessions = new Map();

/** A signed-in user's cookie, as "name=value"; one sign-in a user and a test file. */
export function cookieOf(who) {
  if (!sessions.has(who.email)) sessions.set(who.email, signIn(who));
  return sessions.get(who.email);
}

/** Signs in; a registry that is busy (503) is asked again. */
export async function signIn(who) {
  const answer = await eventually(`${who.email} is signed in`, async () => {
    const tried = await send('POST', '/api/session', { body: { email: who.email, password: who.password } });
    return tried.status === 503 ? null : tried;
  }, { seconds: 30 });
  if (answer.status !== 200) throw new Error(`signing in as ${who.email}: ${answer.status} ${answer.text}`);
  return answer.headers['set-cookie'][0].split(';')[0];
}

/** A request of a signed-in user that must succeed; the JSON of the answer. */
export async function as(who, method, path, body, headers = {}) {
  const answer = await send(method, path, { cookie: await cookieOf(who), body, headers });
  if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer.json ?? answer.text;
}

// ---- scenes ----------------------------------------------------------------------------------------------------------

export async function demoRecipe() {
  const { items } = await as(operator, 'GET', '/api/recipes');
  return items.find((each) => each.name === 'Generator gateway');
}

/** A recipe like the demo's but for these fields. */
export async function makeRecipe(name, changes) {
  const { id: _id, ...like } = await as(operator, 'GET', `/api/recipes/${(await demoRecipe()).id}`);
  return as(operator, 'POST', '/api/recipes', { ...like, ...changes, name: `${name} ${Date.now()}` });
}

/** New devices of a recipe, with the credentials that are shown this once. */
export async function makeDevices(recipe, count = 1) {
  const csv = await as(operator, 'POST', `/api/recipes/${recipe.id}/batches`, { count });
  const [head, ...rows] = csv.trim().split(/\r?\n/).map((line) => line.split(','));
  return rows.map((row) => {
    const cell = (name) => row[head.indexOf(name)];
    return { serial: cell('serial'), deviceId: cell('device_id'), accessKey: cell('access_key'), accessSecret: cell('access_secret') };
  });
}

export const makeDevice = async (recipe) => (await makeDevices(recipe ?? (await demoRecipe())))[0];

/** The first leaf below a user's groups, or the one of that name. */
export async function leafOf(who, name) {
  const { items } = await as(who, 'GET', '/api/groups');
  const leaves = [];
  const walk = (group) => (group.leaf ? leaves.push(group) : group.children.forEach(walk));
  items.forEach(walk);
  return leaves.find((leaf) => name === undefined || leaf.name === name);
}

/** Hands a connected device over to a leaf of this technician, by the API alone. */
export async function handOver(who, device, firmware, name) {
  const opened = await as(who, 'POST', '/api/provisionings', { serial: device.serial });
  await eventually('the window reaches the one who hears presses', async () => {
    firmware.press();
    return (await as(who, 'GET', `/api/provisionings/${opened.id}`)).state === 'proven';
  });
  const leaf = await leafOf(who);
  return (await as(who, 'POST', `/api/provisionings/${opened.id}/completion`, { name, groupId: leaf.id, model: 'kd-60' })).device;
}
