#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""History of one device at the gateway as 500 buckets: 30 days of 10 attributes at 1 Hz, and a year.

The samples are made by SQL and rolled up by telemetry-ingest itself. For the year the roll-ups of the eleven months before
are made by SQL as well (315 million samples would take hours). Beside it: the bare SQL, that is the plain aggregate of the same
samples into the same number of buckets, as PostgreSQL alone computes it.

usage: history.py [--build build/bench] [--days 30] [--repeat 9]
"""
import argparse
import datetime
import re
import statistics
import time

from stand import Stand, wait_until

ATTRIBUTES = [f"value_{n}" for n in range(10)]

SAMPLES = """
set search_path to telemetry;
insert into attributes (name) select 'value_' || n from generate_series(0, 9) n on conflict do nothing;
do $$ declare week timestamptz; name text; begin
  for week in select generate_series(date_trunc('week', now() - interval '{days} days', 'UTC'), now() + interval '2 days', '7 days') loop
    name := 'samples_' || to_char(week at time zone 'UTC', 'YYYYMMDD');
    if to_regclass(name) is null then
      execute format('create table %I (like samples including defaults)', name);
      execute format('create index on %I (device_key, attribute_key, time)', name);
      execute format('alter table samples attach partition %I for values from (%L) to (%L)', name, week, week + interval '7 days');
      execute format('alter table %I owner to turnkey_telemetry', name);
    end if;
  end loop;
end $$;
insert into samples select d.device_key, a.attribute_key, t, t, 1500 + 100 * sin(extract(epoch from t)::float8 / 600) + a.attribute_key, null
  from devices d, attributes a, generate_series(date_trunc('second', now()) - interval '{days} days', now(), '1 second') t
  where d.device_id = '{device}' and a.name like 'value\\_%';
insert into latest select device_key, attribute_key, t, t, 0, null from (select d.device_key, a.attribute_key, now() as t from devices d,
  attributes a where d.device_id = '{device}' and a.name like 'value\\_%') x on conflict do nothing;
"""

# The roll-ups of what was before, as the service would have made them.
YEAR = """
set search_path to telemetry;
insert into rollups select d.device_key, a.attribute_key, l.level, t, t, l.level * 60, 1400, 1600, 1500.0 * l.level * 60, 0, null
  from devices d, attributes a, (values (5), (60)) l (level), lateral generate_series(date_trunc('hour', now(), 'UTC') - interval '365 days',
  date_trunc('hour', now(), 'UTC') - interval '{days} days' - interval '1 hour', make_interval(mins => l.level)) t
  where d.device_id = '{device}' and a.name like 'value\\_%' on conflict do nothing;
analyze rollups;
"""

BYTES_OF_SAMPLE = ("select sum(pg_total_relation_size(inhrelid)) / (select count(*) from telemetry.samples) from pg_inherits "
                   "where inhparent = 'telemetry.samples'::regclass")
BYTES_OF_ROLLUP = "select pg_total_relation_size('telemetry.rollups') / count(*) from telemetry.rollups"

BARE = """explain (analyze, timing off, summary on) select s.attribute_key, date_bin('{width} milliseconds', s.time, '{begin}'), min(number),
  avg(number), max(number), count(*) from samples s where device_key = (select device_key from devices where device_id = '{device}')
  and attribute_key in (select attribute_key from attributes where name like 'value\\_%') and time >= '{begin}' and time < '{end}'
  group by 1, 2;"""


def iso(time_of):
    return time_of.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def register(stand):
    recipe = stand.must("POST", "/api/recipes", {"name": "History", "attributes": [{"name": name, "type": "number"} for name in ATTRIBUTES],
                                                 "models": [{"key": "kd-30", "title": "KD-30"}]})["id"]
    status, _, data = stand.ask("POST", f"/api/recipes/{recipe}/batches", b"serial\nHISTORY-1\n", {"Content-Type": "text/csv"})
    if status != 201:
        raise RuntimeError(data)
    return stand.must("GET", "/api/devices/HISTORY-1")["deviceId"]


def rolled_up(stand):
    progress = stand.sql("select hours_until > now() - interval '70 minutes', fives_until > now() - interval '10 minutes' "
                         "from telemetry.rollup_progress")
    return progress.strip() == "t|t"


def ask(stand, begin, end):
    began = time.perf_counter()
    answer = stand.must("GET", f"/api/devices/HISTORY-1/telemetry?from={iso(begin)}&to={iso(end)}&points=500")
    return (time.perf_counter() - began) * 1000, answer


def bare_ms(stand, device, begin, end, repeat):
    width = int((end - begin).total_seconds() * 1000 / 500)
    sql = BARE.format(width=width, begin=iso(begin), end=iso(end), device=device)
    text = stand.sql("set search_path to telemetry;\n" + "\n".join([sql] * repeat))
    return statistics.median(float(one) for one in re.findall(r"Execution Time: ([\d.]+) ms", text))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=9)
    options = parser.parse_args()
    with Stand(options.build) as stand:
        stand.start_ingest()
        device = register(stand)
        known = f"select count(*) from telemetry.devices where device_id = '{device}'"
        wait_until(lambda: stand.sql(known).strip() == "1", "telemetry-ingest's knowledge of the device")
        stand.stop("telemetry-ingest")
        stand.sql("update telemetry.rollup_progress set closed_until = 'epoch', fives_until = 'epoch', slices_until = 'epoch', hours_until = 'epoch'")
        began = time.monotonic()
        stand.sql(SAMPLES.format(days=options.days, device=device))
        stand.sql("vacuum analyze")
        print(f"{options.days} days of 10 attributes at 1 Hz: {stand.sql('select count(*) from telemetry.samples').strip()} samples, "
              f"inserted by SQL in {time.monotonic() - began:.0f} s", flush=True)
        began = time.monotonic()
        stand.start_ingest()
        wait_until(lambda: rolled_up(stand), "the roll-up", 1800)
        print(f"rolled up by telemetry-ingest in {time.monotonic() - began:.0f} s", flush=True)
        print(f"bytes on disk, index included: a sample {stand.sql(BYTES_OF_SAMPLE).strip()}, a row of the roll-ups "
              f"{stand.sql(BYTES_OF_ROLLUP).strip()}", flush=True)
        stand.sql(YEAR.format(days=options.days, device=device))
        end = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        print(f"{'range':>8} {'gateway':>10} {'bare SQL':>10} {'ratio':>7} {'points':>7}")
        for name, hours in (("1 hour", 1), ("1 day", 24), ("7 days", 168), ("30 days", 720), ("1 year", 8760)):
            begin = end - datetime.timedelta(hours=hours)
            repeat = options.repeat if hours <= 720 else 3
            ask(stand, begin, end)
            asked = [ask(stand, begin, end) for _ in range(options.repeat)]
            ms = statistics.median(one for one, _ in asked)
            points = max(len(one["points"]) for one in asked[0][1]["attributes"].values())
            bare = bare_ms(stand, device, begin, end, repeat)
            print(f"{name:>8} {ms:>7.1f} ms {bare:>7.1f} ms {ms / bare:>7.3f} {points:>7}", flush=True)


if __name__ == "__main__":
    main()
