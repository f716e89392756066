-- Times are milliseconds since the epoch, from the service's clock: the database never decides time.
create table provisionings (
  id text primary key,
  user_id text not null,
  device_id text not null,
  serial text not null,
  recipe_id text not null,
  register_attribute text not null,
  assignment_epoch bigint not null,
  recipe_policy text not null,
  window_ms bigint not null,
  burst_pause_ms bigint not null,
  idempotency_key text not null,
  state text not null
    check (state in ('waiting', 'proven', 'completed', 'cancelled', 'expired', 'superseded', 'locked')),
  version bigint not null,
  reason text not null,
  started_at_ms bigint not null,
  expires_at_ms bigint not null,
  ended_at_ms bigint,
  policy text not null check (policy in ('press', 'pattern', 'none')),
  required_presses int not null,
  presses int not null,
  contended boolean not null,
  heard boolean not null,
  counts_from_ms bigint not null,
  last_press_at_ms bigint,
  wrong_bursts int not null,
  proven_at_ms bigint,
  identified_at_ms bigint,
  completing_at_ms bigint,
  wish_name text,
  wish_group_id text,
  wish_model text,
  result text not null,
  completion_tries int not null default 0,
  completion_next_at_ms bigint not null default 0,
  unique (user_id, idempotency_key)
);

-- The rules that must hold whatever a program does.
create unique index one_open_window_a_user on provisionings (device_id, user_id) where state in ('waiting', 'proven');
create unique index one_claim_a_device on provisionings (device_id)
  where state = 'proven' and completing_at_ms is not null;

create index windows_by_end on provisionings (expires_at_ms) where state in ('waiting', 'proven');
create index recent_by_end on provisionings (ended_at_ms) where ended_at_ms is not null;
create index locked_by_device on provisionings (device_id, ended_at_ms) where state = 'locked';
create index unanswered on provisionings (completion_next_at_ms)
  where state = 'proven' and completing_at_ms is not null;

create table presses (
  provisioning_id text not null references provisionings (id) on delete cascade,
  press_id text not null,
  at_ms bigint not null,
  count int not null,
  primary key (provisioning_id, press_id)
);

create table failed_scans (
  id bigserial primary key,
  user_id text not null,
  at_ms bigint not null
);
create index failed_scans_by_user on failed_scans (user_id, at_ms);

create table outbox (id bigserial primary key, kind text not null, key text not null, payload text not null, created_at timestamptz not null default now(), attempts int not null default 0, next_attempt_at timestamptz not null default now());
create index outbox_by_key on outbox (key, id);
