-- When the beginning of a fault was told last: a device that flaps is told once a minute.
create table told_faults (
  device_id text primary key references devices (id) on delete cascade,
  at timestamptz not null
);
