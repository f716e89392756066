-- Everything that the registry owns. Times are the service's clock's, never the database's: one clock decides.

-- Grows by one with every change of a device or a credential. Taken by UPDATE, so revisions become visible in their order:
-- whoever follows "rows above mine" misses none.
create table revision_counter (only_row boolean primary key default true check (only_row), value bigint not null);
insert into revision_counter (value) values (0);

create table groups (
  id text primary key,
  name text not null,
  parent_id text references groups (id),
  path text[] not null,  -- ids from the root to this group
  created_at timestamptz not null
);
create unique index groups_name on groups (coalesce(parent_id, ''), lower(name));
create index groups_path on groups using gin (path);

create table users (
  id text primary key,
  email text not null,
  name text not null,
  password_hash text not null,  -- Argon2id, encoded with its parameters
  role text not null check (role in ('viewer', 'technician', 'admin', 'operator')),
  tags jsonb not null default '{}',
  created_at timestamptz not null
);
create unique index users_email on users (lower(email));
create table user_groups (
  user_id text not null references users (id) on delete cascade,
  group_id text not null references groups (id),
  primary key (user_id, group_id)
);
create index user_groups_group on user_groups (group_id);

create table sessions (
  token_hash bytea primary key,  -- SHA-256 of the token
  user_id text not null references users (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

create table sign_in_failures (email text not null, address text not null, at timestamptz not null);
create index sign_in_failures_email on sign_in_failures (email, at);
create index sign_in_failures_at on sign_in_failures (at);

-- A row when the first operator has been made: the one-time token is void from then on.
create table first_operator (only_row boolean primary key default true check (only_row), made_at timestamptz not null);

create table recipes (id text primary key, name text not null, version int not null, created_at timestamptz not null);
create unique index recipes_name on recipes (lower(name));
-- Devices keep the version they were made with: a later edit of the recipe does not reach into them.
create table recipe_versions (
  recipe_id text not null references recipes (id),
  version int not null,
  definition jsonb not null,
  primary key (recipe_id, version)
);

create table batches (
  id text primary key,
  recipe_id text not null,
  user_id text not null,
  idempotency_key text not null,
  created_at timestamptz not null,
  devices int not null,
  input_hash bytea not null,
  unique (user_id, idempotency_key)
);

create table devices (
  id text primary key,
  serial text not null unique,
  name text not null,
  recipe_id text not null,
  recipe_version int not null,
  model text,
  group_id text references groups (id),
  tags jsonb not null default '{}',
  assignment_epoch bigint not null default 0,  -- grows by one with each change of owner
  provisioned_at timestamptz,                  -- null: belongs to nobody
  provisioning_id text,                        -- the provisioning that made the present owner
  revision bigint not null,
  batch_id text references batches (id),
  created_at timestamptz not null,
  check ((group_id is null) = (provisioned_at is null)),
  foreign key (recipe_id, recipe_version) references recipe_versions (recipe_id, version)
);
create index devices_group on devices (group_id);
create index devices_revision on devices (revision);
create index devices_batch on devices (batch_id);

create table credentials (
  access_key text primary key,
  device_id text not null references devices (id),
  secret_hash bytea not null,  -- SHA-256 of the secret, which is 256 random bits
  revision bigint not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index credentials_device on credentials (device_id);
create index credentials_revision on credentials (revision);

-- What the broker's plugin reads. Revoked rows stay for a day, so that a broker that was away learns of them.
create view broker_credentials as
  select access_key, device_id, secret_hash, revision, revoked_at is not null as revoked
  from credentials where revoked_at is null or revoked_at > now() - interval '1 day';

create table broker_boot (only_row boolean primary key default true check (only_row), boot_id text not null);
create table device_presence (
  device_id text primary key,
  connected boolean not null,
  at timestamptz not null,
  boot_id text not null
);

create table ledger_head (only_row boolean primary key default true check (only_row), seq bigint not null, hash bytea not null);
insert into ledger_head (seq, hash) values (0, ''::bytea);
create table ledger (
  seq bigint primary key,
  line text not null,   -- canonical JSON; the hash is over the hash before and this text
  hash bytea not null,
  at timestamptz not null,
  device_id text,
  provisioning_id text,
  idempotency_key text unique
);
create index ledger_device on ledger (device_id, seq);
create function ledger_is_append_only() returns trigger language plpgsql as
  $$ begin raise exception 'the ledger is append-only'; end $$;
create trigger ledger_append_only before update or delete on ledger for each row execute function ledger_is_append_only();
create trigger ledger_no_truncate before truncate on ledger for each statement execute function ledger_is_append_only();

create table outbox (id bigserial primary key, kind text not null, key text not null, payload text not null, created_at timestamptz not null default now(), attempts int not null default 0, next_attempt_at timestamptz not null default now());
create index outbox_key on outbox (key, id);

grant usage on schema registry to turnkey_broker;
grant select on broker_credentials to turnkey_broker;
