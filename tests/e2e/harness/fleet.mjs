// SPDX-License-Identifier: Apache-2.0
// A group of very many devices with a day of history, as if they had reported it.
import { as, makeRecipe } from './api.mjs';
import { operator, sadler } from './demo.mjs';
import { sql } from './database.mjs';
import { eventually } from './eventually.mjs';

const kOwnedSince = 30 * 86_400_000;

/** Devices `<stamp>-0000` and so on, "Unit 1" and so on; every tenth has a fault, the last one never said anything. */
export async function makeFleet(count) {
  const stamp = `FL${Date.now().toString(36).toUpperCase()}`;
  const { items } = await as(sadler.admin, 'GET', '/api/groups');
  const root = items.find((group) => group.name === 'Sadler-Isberg');
  const region = root.children.find((group) => group.name === 'North');
  const { group } = { group: await as(sadler.admin, 'POST', '/api/groups', { name: stamp, parentId: region.id }) };
  const recipe = await makeRecipe('Fleet', { tags: { fault_attribute: 'alarm' } });
  await as(operator, 'PATCH', `/api/recipes/${recipe.id}`, { attributes: [...recipe.attributes, { name: 'alarm', type: 'boolean', unit: '' }] });
  const since = new Date(Date.now() - kOwnedSince).toISOString();
  const serials = Array.from({ length: count }, (_, index) => `${stamp}-${String(index).padStart(4, '0')}`);
  const rows = serials.map((serial, index) => `${serial},Unit ${index + 1},Sadler-Isberg/North/${stamp},kd-60,${since}`);
  await as(operator, 'POST', `/api/recipes/${recipe.id}/batches`, ['serial,name,group,model,provisioned_at', ...rows, ''].join('\n'), { 'Content-Type': 'text/csv' });
  await heardOf(stamp, count);
  await measured(stamp);
  return { stamp, groupId: group.id ?? group.group.id, serials };
}

async function heardOf(stamp, count) {
  const known = `select count(*) from telemetry.devices t join registry.devices d on d.id = t.device_id where d.serial like '${stamp}-%'`;
  await eventually('telemetry-ingest knows all of them', async () => Number(await sql(known)) === count, { seconds: 60 });
}

/** What the partition of this week holds of the last day: one value of each hour. */
function measured(stamp) {
  return sql(`
    insert into telemetry.attributes (name) values ('rpm'), ('alarm') on conflict do nothing;
    create temporary table fleet on commit drop as select t.device_key, row_number() over (order by d.serial) as n
      from telemetry.devices t join registry.devices d on d.id = t.device_id where d.serial like '${stamp}-%';
    delete from fleet where n = (select max(n) from fleet);
    create temporary table reported on commit drop as
      select f.device_key, a.attribute_key, h.time,
        case a.name when 'alarm' then (f.n % 10 = 0)::int::double precision else 1000 + f.n + 80 * sin(f.n + extract(epoch from h.time) / 9000) end as number
      from fleet f cross join telemetry.attributes a
      cross join generate_series(now() - interval '23 hours 50 minutes', now(), interval '1 hour') h (time)
      where a.name in ('rpm', 'alarm') and h.time >= date_trunc('week', now() at time zone 'UTC') at time zone 'UTC';
    insert into telemetry.samples (device_key, attribute_key, time, received_at, number)
      select device_key, attribute_key, time, time, number from reported;
    insert into telemetry.latest (device_key, attribute_key, time, received_at, number)
      select distinct on (device_key, attribute_key) device_key, attribute_key, time, time, number from reported
      order by device_key, attribute_key, time desc;
    insert into telemetry.device_status (device_id, connected, last_received_at)
      select device_id, false, max(time) from reported join telemetry.devices using (device_key) group by device_id;`);
}
