-- What was measured in five minutes (level 5) and in an hour (level 60), so that a long range costs little. Times
-- are UTC and whole multiples of the level.
create table rollups (
  device_key int not null,
  attribute_key int not null,
  level smallint not null check (level in (5, 60)),
  begins timestamptz not null,
  received_first timestamptz not null,
  numbers int not null,
  low double precision,
  high double precision,
  total double precision,
  texts int not null,
  last_text text,
  primary key (device_key, attribute_key, level, begins)
);
create index rollups_by_time on rollups using brin (begins);

-- Five minutes that were rolled up already when another sample of them came: they are rolled up again.
create table rollups_late (
  device_key int not null,
  attribute_key int not null,
  begins timestamptz not null,
  primary key (device_key, attribute_key, begins)
);

-- Who stores samples holds this row shared and marks what is older than `closed_until` as late; what is between
-- `fives_until` and `closed_until` can be rolled up, and nothing unmarked comes any more.
create table rollup_progress (
  only_row boolean primary key default true check (only_row),
  closed_until timestamptz not null default 'epoch',
  fives_until timestamptz not null default 'epoch',
  hours_until timestamptz not null default 'epoch'
);
insert into rollup_progress default values;
