-- Registering many devices at once.
alter table batches add column provisioned int not null default 0;   -- of its devices, at registration
alter table batches add column upload_id text not null default '';   -- the request that was answered last
create index batches_created on batches (created_at desc, id desc);
-- SHA-256 of the row as it was given: the same row again changes nothing.
alter table devices add column row_hash bytea;
drop index devices_batch;
create index devices_batch on devices (batch_id, serial);

-- What is on its way in and out. A crash of the database empties these tables, and whoever waits asks again: they are no
-- part of the truth, and what they hold is gone from the disk with them. Texts are sealed, the keys are in no table.
create unlogged table batch_inputs (
  upload_id text not null,
  chunk int not null,
  user_id text not null,
  sealed bytea not null,
  created_at timestamptz not null,
  primary key (upload_id, chunk)
);
create unlogged table batch_outputs (
  batch_id text not null,
  page int not null,
  sealed bytea not null,
  expires_at timestamptz not null,
  primary key (batch_id, page)
);
alter table batch_inputs alter column sealed set storage external;
alter table batch_outputs alter column sealed set storage external;
create unlogged table batch_progress (
  user_id text not null,
  idempotency_key text not null,
  phase text not null,
  rows bigint not null,
  done bigint not null,
  updated_at timestamptz not null,
  primary key (user_id, idempotency_key)
);

-- The rows of the import that runs (one does): written here first, so that the devices' tables are locked for as short as
-- their own writing takes. Emptied at the end of each import.
create unlogged table batch_rows (
  n int not null,
  device_id text not null,
  serial text not null,
  name text not null,
  model text,
  group_id text,
  tags jsonb not null,
  provisioned_at timestamptz,
  row_hash bytea,
  access_key text not null,
  secret_hash bytea not null
);

-- Revisions that a transaction has drawn without keeping the others waiting until it ends. Who follows "rows above mine"
-- stops before the first of these whose transaction may still come to be seen (pg_devices.cpp, changed_after).
create table drawn_revisions (first bigint primary key, last bigint not null, xid xid8 not null);

-- Operators search all devices by a part of serial or name.
create extension if not exists pg_trgm with schema registry;
create index devices_searched on devices using gin ((serial || chr(1) || name) gin_trgm_ops);
