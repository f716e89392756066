-- Devices that left the factory without credentials register themselves with a signed token.

-- Key pairs that sign and verify the tokens. The private one goes as soon as it signs no more.
create table registration_keys (
  kid text primary key,
  public_pem text not null,
  private_sealed bytea,  -- AES-256-GCM under the installation's seal key: nonce, text, tag
  created_at timestamptz not null,
  retired_at timestamptz,
  revoked_at timestamptz,  -- its tokens are void
  check ((private_sealed is null) = (retired_at is not null or revoked_at is not null))
);
create unique index registration_keys_active on registration_keys ((true)) where retired_at is null and revoked_at is null;

create table registration_tokens (
  id text primary key,  -- the token's jti
  kid text not null references registration_keys (kid),
  recipe_id text not null references recipes (id),
  name text not null,
  serial_pattern text not null,
  uses int not null,
  used int not null default 0 check (used between 0 and uses),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index registration_tokens_recipe on registration_tokens (recipe_id, created_at);

-- Registrations whose reply may have been lost: kept for as long as the same request gets new credentials.
create table self_registrations (
  device_id text primary key references devices (id) on delete cascade,
  token_id text not null,
  nonce_hash bytea not null,  -- SHA-256
  access_key text not null,   -- while it is valid nobody else has changed the device's credentials
  registered_at timestamptz not null
);
create index self_registrations_at on self_registrations (registered_at);

create table registration_failures (address text not null, at timestamptz not null);
create index registration_failures_address on registration_failures (address, at);
create index registration_failures_at on registration_failures (at);
