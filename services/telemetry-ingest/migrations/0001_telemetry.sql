-- Devices as the registry announced them, kept so that reports can be read while the registry is away.
create table devices (
  device_key int generated always as identity primary key,
  device_id text not null unique,
  revision bigint not null default -1,
  deleted boolean not null default false,
  erased boolean not null default false,
  attributes jsonb not null default '[]',
  register_attribute text not null default ''
);
create index devices_to_erase on devices (device_key) where deleted and not erased;

create table registry_sync (only_row boolean primary key default true check (only_row), next_revision bigint not null);
insert into registry_sync (next_revision) values (0);

create table attributes (
  attribute_key int generated always as identity primary key,
  name text not null unique
);

-- Narrow rows; one partition for each week, made when it is needed.
create table samples (
  device_key int not null,
  attribute_key int not null,
  time timestamptz not null,
  received_at timestamptz not null,
  number double precision,
  text text
) partition by range (time);
create index samples_by_attribute on samples (device_key, attribute_key, time);

create table latest (
  device_key int not null,
  attribute_key int not null,
  time timestamptz not null,
  received_at timestamptz not null,
  number double precision,
  text text,
  primary key (device_key, attribute_key)
);

-- Which entries of the broker's journal are in here: written in the transaction of their samples.
create table ingested_segments (
  journal text not null,
  segment bigint not null,
  indexes int8multirange not null default '{}',
  updated_at timestamptz not null default now(),
  primary key (journal, segment)
);
create index ingested_segments_by_age on ingested_segments (updated_at);

-- How far each spool was read: entries before `low` are done; those before `high` were looked at, and are done
-- unless they were kept back for a device that was not known yet. `sequence` counts the transactions.
create table spools (
  spool text primary key,
  sequence bigint not null default 0,
  low_segment bigint not null default 0,
  low_offset bigint not null default 0,
  high_segment bigint not null default 0,
  high_offset bigint not null default 0,
  updated_at timestamptz not null default now()
);

create table counters (
  name text not null,
  reason text not null default '',
  value bigint not null,
  primary key (name, reason)
);

create table recent_presses (
  report_id text not null,
  index int not null,
  device_id text not null,
  at timestamptz not null,
  count int not null,
  primary key (report_id, index)
);
create index recent_presses_by_time on recent_presses (at);

create table connections (
  device_id text not null,
  at timestamptz not null,
  connected boolean not null,
  reason text not null default '',
  boot_id text not null,
  primary key (device_id, at, connected)
);
create index connections_by_time on connections (at);

create table device_status (
  device_id text primary key,
  connected boolean not null default false,
  changed_at timestamptz,
  boot_id text not null default '',
  last_received_at timestamptz
);
create index device_status_connected on device_status (boot_id) where connected;

create table broker_boot (only_row boolean primary key default true check (only_row), boot_id text not null,
  started_at timestamptz not null);
