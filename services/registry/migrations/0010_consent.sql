-- Asking the owner of a device for it, and what former owners are told.

-- Who asked, and when, whatever came of it: a limit holds for everybody alike.
create table consent_asks (user_id text not null references users (id) on delete cascade, at timestamptz not null);
create index consent_asks_user on consent_asks (user_id, at);
create index consent_asks_at on consent_asks (at);

-- One for each device and requester. It is about one owner: when the device's epoch has moved, it is void.
create table consent_requests (
  id text primary key,
  device_id text not null references devices (id) on delete cascade,
  requester_id text not null references users (id) on delete cascade,
  assignment_epoch bigint not null,
  note text not null,  -- '' = none
  asked_at timestamptz not null,
  state text not null check (state in ('open', 'granted', 'declined')),
  decided_at timestamptz,
  granted_until timestamptz,
  check ((state = 'open') = (decided_at is null)),
  check ((state = 'granted') = (granted_until is not null)),
  unique (device_id, requester_id)
);
create index consent_requests_requester on consent_requests (requester_id);
create index consent_requests_asked on consent_requests (asked_at desc, id desc);

-- For the people of a group about a device that was theirs; the name is what they called it.
create table notices (
  id text primary key,
  kind text not null check (kind in ('device_taken_over')),
  device_id text not null references devices (id) on delete cascade,
  device_name text not null,
  group_id text not null references groups (id) on delete cascade,
  at timestamptz not null
);
create index notices_group on notices (group_id, at);
create index notices_device on notices (device_id);
create index notices_at on notices (at desc, id desc);
create table notice_reads (
  notice_id text not null references notices (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  primary key (notice_id, user_id)
);
create index notice_reads_user on notice_reads (user_id);
