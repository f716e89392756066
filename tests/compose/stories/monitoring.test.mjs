// SPDX-License-Identifier: Apache-2.0
// The profile monitoring: everybody who is to be asked answers, and of a system that is well no alert tells anything.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { read } from '../../e2e/harness/demo.mjs';
import { eventually } from '../../e2e/harness/eventually.mjs';

const settings = readFileSync(join(JSON.parse(read('compose.json')).clone, '.env'), 'utf8');
const prometheus = `http://127.0.0.1:${/^TURNKEY_PROMETHEUS_PORT=(\d+)$/m.exec(settings)[1]}`;
const ask = async (path) => (await (await fetch(`${prometheus}${path}`, { signal: AbortSignal.timeout(5_000) })).json()).data;
const kJobs = ['node', 'postgres', 'prometheus', 'turnkey-certificates', 'turnkey-experience-gateway', 'turnkey-provisioning', 'turnkey-ready', 'turnkey-registry', 'turnkey-telemetry-ingest'];

test('every program is found and answers, and only the watchdog barks', { timeout: 400_000 }, async () => {
  await eventually('all targets answer', async () => {
    const { activeTargets } = await ask('/api/v1/targets?state=active');
    const bad = activeTargets.filter((each) => each.health !== 'up').map((each) => `${each.scrapePool} ${each.labels.instance}: ${each.health} ${each.lastError}`);
    const jobs = [...new Set(activeTargets.map((each) => each.scrapePool))].sort();
    assert.deepEqual([bad, jobs], [[], kJobs]);
    return true;
  }, { seconds: 360 });
  const ready = await ask('/api/v1/query?query=probe_success');
  assert.ok(ready.result.length >= 6);
  for (const each of ready.result) assert.equal(each.value[1], '1', JSON.stringify(each.metric));
  const broker = await ask('/api/v1/query?query=turnkey_broker_logins_total');
  assert.ok(broker.result.length > 0, 'the metrics file of the broker is read');
  const { alerts } = await ask('/api/v1/alerts');
  assert.deepEqual(alerts.filter((each) => each.state === 'firing').map((each) => each.labels.alertname).filter((name) => !/watchdog/i.test(name)), []);
});
