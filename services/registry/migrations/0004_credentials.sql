-- Several keys a device: keys that end, that are disabled for a while, that log in from some addresses only. Who made a key
-- is not a reference: people can be erased.
alter table credentials
  add column valid_until timestamptz,
  add column disabled boolean not null default false,
  add column allowed_addresses cidr[] not null default '{}',
  add column created_by text;

-- A disabled key is revoked to the broker. One that has ended is the broker's own matter; it leaves with the tombstones.
create or replace view broker_credentials as
  select access_key, device_id, secret_hash, revision, revoked_at is not null or disabled as revoked, valid_until,
    allowed_addresses
  from credentials
  where (revoked_at is null or revoked_at > now() - interval '1 day')
    and (valid_until is null or valid_until > now() - interval '1 day');
