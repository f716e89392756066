-- Other systems that hear of devices: on a topic of their own, and by webhook.
create table integrations (
  id text primary key,
  name text not null,
  group_id text references groups (id),  -- null: the whole installation
  events text[] not null,
  webhook_url text,
  webhook_secret_sealed bytea,  -- AES-256-GCM under the installation's seal key: nonce, text, tag
  webhook_failures int not null default 0,  -- in a row
  webhook_paused_until timestamptz,         -- no try before; of all its deliveries
  created_at timestamptz not null,
  created_by text not null,  -- a user's id; they may be gone
  check ((webhook_url is null) = (webhook_secret_sealed is null))
);
create index integrations_group on integrations (group_id);

-- An integration logs in with a key like a device's; ids of both have one form.
alter table credentials add column holder text not null default 'device' check (holder in ('device', 'integration'));
create or replace view broker_credentials as
  select access_key, device_id, secret_hash, revision, revoked_at is not null or disabled as revoked, valid_until,
    allowed_addresses, holder
  from credentials
  where (revoked_at is null or revoked_at > now() - interval '1 day')
    and (valid_until is null or valid_until > now() - interval '1 day');

-- As outbox, for what integrations hear on their topics: there may be very much of it, and nothing else waits for it.
create table integration_outbox (id bigserial primary key, kind text not null, key text not null, payload text not null, created_at timestamptz not null default now(), attempts int not null default 0, next_attempt_at timestamptz not null default now());
create index integration_outbox_key on integration_outbox (key, id);

create table webhook_deliveries (
  id bigserial primary key,
  integration_id text not null references integrations (id) on delete cascade,
  event_id text not null,
  body text not null,
  created_at timestamptz not null,
  attempts int not null default 0,
  next_attempt_at timestamptz,  -- null: given up
  leased_until timestamptz,     -- somebody sends it now
  last_attempt_at timestamptz,
  last_error text,
  unique (integration_id, event_id)
);
create index webhook_deliveries_due on webhook_deliveries (integration_id, next_attempt_at, id) where next_attempt_at is not null;
create index webhook_deliveries_leased on webhook_deliveries (integration_id) where leased_until is not null;
create index webhook_deliveries_shown on webhook_deliveries (integration_id, id);
