// SPDX-License-Identifier: Apache-2.0
// The running installation: what deploy/quickstart, or tests/compose/run, wrote about it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['TURNKEY_E2E_DATA'];
if (folder === undefined) throw new Error('TURNKEY_E2E_DATA is not set: run these tests by tests/e2e/run');

export const data = folder;
export const read = (name) => readFileSync(join(data, name), 'utf8');
export const demo = JSON.parse(read('demo.json'));
export const simulated = JSON.parse(read('simulated.json'));
export const ports = existsSync(join(data, 'ports.env')) ? Object.fromEntries(read('ports.env').trim().split('\n').map((line) => line.split('='))) : {};
export const url = demo.url;
export const host = new URL(url).host;

/** @returns {{ email: string, password: string, role: string, tenant: string }} */
export function user(tenant, role) {
  const found = demo.users.find((each) => each.tenant === tenant && each.role === role);
  if (found === undefined) throw new Error(`the demo has no ${role} of ${tenant}`);
  return found;
}

export const operator = user('kanarra', 'operator');
export const sadler = { admin: user('sadler-isberg', 'admin'), technician: user('sadler-isberg', 'technician'), viewer: user('sadler-isberg', 'viewer') };
export const tekton = { admin: user('tekton-health', 'admin'), technician: user('tekton-health', 'technician'), viewer: user('tekton-health', 'viewer') };

/** The waiting devices that the simulator plays; each story that needs one takes its own. */
export const waitingDevices = simulated.filter((each) => each.waiting);

export const deviceCalled = (name) => demo.devices.find((each) => each.name === name);
