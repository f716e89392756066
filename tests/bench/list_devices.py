#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists, searches and trees at the gateway with 100,000 devices in 2,000 groups, and what PostgreSQL alone needs for the rows.

usage: list_devices.py [--build build/bench] [--repeat 30]
"""
import argparse
import re
import statistics
import time
from urllib.parse import quote

from stand import Stand

# 20 tenants of 5 regions of 20 sites, 50 devices a site; names as people give them.
WORLD = """
set search_path to registry;
insert into groups (id, name, parent_id, path, created_at)
  select lpad(t::text, 24, 'a'), 'Tenant ' || t, null, array[lpad(t::text, 24, 'a')], now() from generate_series(1, 20) t;
insert into groups (id, name, parent_id, path, created_at)
  select lpad(t * 100 + r || '', 24, 'b'), 'Region ' || r, lpad(t::text, 24, 'a'), array[lpad(t::text, 24, 'a'),
  lpad(t * 100 + r || '', 24, 'b')], now() from generate_series(1, 20) t, generate_series(1, 5) r;
insert into groups (id, name, parent_id, path, created_at)
  select lpad(t * 10000 + r * 100 + s || '', 24, 'c'), 'Site ' || s, lpad(t * 100 + r || '', 24, 'b'), array[lpad(t::text, 24, 'a'),
  lpad(t * 100 + r || '', 24, 'b'), lpad(t * 10000 + r * 100 + s || '', 24, 'c')], now()
  from generate_series(1, 20) t, generate_series(1, 5) r, generate_series(1, 20) s;
insert into devices (id, serial, name, recipe_id, recipe_version, model, group_id, tags, assignment_epoch, provisioned_at, revision, created_at)
  select substr(md5(n::text), 1, 24), 'KNR-' || upper(substr(md5('s' || n), 1, 8)) || '-' || lpad(n::text, 6, '0'),
  (array['Main', 'Standby', 'Roof', 'Basement', 'East wing'])[n % 5 + 1] || ' generator ' || n, r.id, r.version, 'kd-30', g.id, '{}', 1,
  now(), 1000 + n, now() from generate_series(1, 100000) n join (select id, row_number() over (order by id) as number from groups where
  path[3] is not null) g on g.number = n % 2000 + 1, recipes r;
insert into device_presence (device_id, connected, at, boot_id) select id, true, now(), (select boot_id from broker_boot) from devices
  where revision % 3 = 0;
vacuum analyze;
"""


def median_ms(repeat, ask):
    ask()
    samples = []
    for _ in range(repeat):
        began = time.perf_counter()
        ask()
        samples.append((time.perf_counter() - began) * 1000)
    return statistics.median(samples)


class Bare:
    """One psql that stays: what the rows alone take, its own way there and back included."""

    def __init__(self, stand):
        self.stand = stand

    def ms(self, query, repeat):
        text = self.stand.sql("set search_path to registry;\n" + "\n".join([f"explain (analyze, timing off, summary on) {query};"] * repeat))
        return statistics.median(float(one) for one in re.findall(r"Execution Time: ([\d.]+) ms", text))


SEEN = "select d.id, d.serial, d.name, d.model, d.group_id, d.tags, d.provisioned_at from devices d "
TENANT = "a" * 23 + "7"
SITE = "c" * 19 + "70311"
TENANT_SEES = f"d.group_id = any(array(select id from groups where path && '{{{TENANT}}}'::text[]))"
CASES = [
    ("first page", "/api/devices?limit=50", SEEN + "where {sees} order by serial limit 51"),
    ("page in the middle", "/api/devices?limit=50&cursor=KNR-8", SEEN + "where {sees} and serial > 'KNR-8' order by serial limit 51"),
    ("one site", f"/api/devices?limit=50&group={SITE}", SEEN + f"where {{sees}} and group_id = '{SITE}' order by serial limit 51"),
    ("connected", "/api/devices?limit=50&state=connected", SEEN + "join device_presence p on p.device_id = d.id where {sees} and "
     "p.connected order by serial limit 51"),
    ("search, one serial", "/api/devices?limit=50&q=" + quote("-054321"), SEEN + "where {sees} and (serial || chr(1) || name) ilike '%-054321%' "
     "order by serial limit 51"),
    ("search, a word of many", "/api/devices?limit=50&q=" + quote("roof gen"), SEEN + "where {sees} and (serial || chr(1) || name) ilike "
     "'%roof gen%' order by serial limit 51"),
    ("search, nothing", "/api/devices?limit=50&q=" + quote("zzz"), SEEN + "where {sees} and (serial || chr(1) || name) ilike '%zzz%' "
     "order by serial limit 51"),
    ("tree", "/api/groups", "select group_id, count(*), count(*) filter (where p.connected) from devices d left join "
     "device_presence p on p.device_id = d.id where {sees} group by 1"),
]


def measure(stand, bare, who, sees, repeat):
    for name, path, query in CASES:
        def ask():
            status, _, data = stand.ask("GET", path)
            if status != 200:
                raise RuntimeError(data)
        whole = median_ms(repeat, ask)
        rows = bare.ms(query.format(sees=sees), repeat)
        print(f"{who:<10} {name:<24} {whole:8.1f} ms   PostgreSQL alone {rows:7.2f} ms   ratio {whole / rows:6.1f}", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--build", default="build/bench")
    options.add_argument("--repeat", type=int, default=30)
    wanted = options.parse_args()
    with Stand(wanted.build) as stand:
        stand.recipe()
        stand.start_ingest()
        stand.sql(WORLD)
        bare = Bare(stand)
        measure(stand, bare, "operator", "true", wanted.repeat)
        stand.must("POST", "/api/users", {"email": "tech@bench.example", "name": "T", "password": "correct horse battery",
                                          "role": "technician", "groupIds": [TENANT]})
        stand.sign_in("tech@bench.example")
        measure(stand, bare, "one tenant", TENANT_SEES, wanted.repeat)


if __name__ == "__main__":
    main()
