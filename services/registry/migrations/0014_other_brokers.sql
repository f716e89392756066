-- What an MQTT broker other than Mosquitto with Turnkey's plugin asks at a login, a publish and a subscribe: valid keys only, in the
-- words of EMQX's queries (docs/clusters.md). A secret has 256 random bits, so its SHA-256 has no salt.
create view mqtt_users as
  select access_key as username, device_id as clientid, encode(secret_hash, 'hex') as password_hash, ''::text as salt,
    false as is_superuser, allowed_addresses
  from broker_credentials
  where holder = 'device' and not revoked and (valid_until is null or valid_until > now());

-- The last part of the topics that a key may use; the first one is the installation's, the second the device's id.
create view mqtt_rights as
  select username, clientid, r.action, r.leaf, allowed_addresses
  from mqtt_users cross join (values ('publish', 'state'), ('subscribe', 'command')) as r (action, leaf);

grant select on mqtt_users, mqtt_rights to turnkey_broker;
