-- A release can be taken back for some minutes, and its request repeated: one row a device, of its last release.
create table released_devices (
  device_id text primary key references devices (id) on delete cascade,
  released_at timestamptz not null,
  undo_until timestamptz not null,
  assignment_epoch bigint not null,  -- the device's after the release: another one means that somebody took it since
  user_id text not null,             -- the request that it answered
  idempotency_key text not null,
  request_hash bytea not null,       -- SHA-256 of the request's secret part
  requested_at timestamptz not null,
  access_key text,                   -- the key that it answered with; null for a unit that was replaced
  salt bytea not null,
  replaced_by text,
  group_id text not null,            -- the former owner's, as it was: forgotten but for the group when the time is over
  name text,
  model text,
  tags jsonb,
  provisioned_at timestamptz,
  provisioning_id text,
  revoked_keys text[] not null default '{}',
  undone boolean not null default false
);
create index released_devices_until on released_devices (undo_until) where name is not null;

-- What there was, for followers that were away. The serial may be another device's by now.
create table deleted_devices (
  device_id text primary key,
  serial text not null,
  recipe_id text not null,
  register_attribute text not null,
  revision bigint not null,
  at timestamptz not null,
  request_key text not null
);
create index deleted_devices_revision on deleted_devices (revision);
create index deleted_devices_request on deleted_devices (request_key);

-- The keys of a deleted device stay for a while as revoked ones, so that a broker that was away learns of them.
alter table credentials drop constraint credentials_device_id_fkey;

-- How far a recipe's newest version was brought to its devices, by request: a repeated one gets the same answer.
create table rollouts (
  request_key text primary key,
  recipe_id text not null,
  devices bigint not null,
  updated_at timestamptz not null
);
create index devices_recipe_version on devices (recipe_id, recipe_version);

create table model_pictures (
  sha256 bytea primary key,
  content_type text not null check (content_type in ('image/png', 'image/jpeg', 'image/webp')),
  bytes bytea not null,
  created_at timestamptz not null
);
