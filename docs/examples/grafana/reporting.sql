-- What Grafana may read: every measured value, through one view. Run as the database's administrator; again after an update.
--   psql -d turnkey -v password=... -f reporting.sql
\set ON_ERROR_STOP on
begin;

create schema if not exists reporting;
-- Dropped, not replaced: its columns may have other types after an update.
drop view if exists reporting.device_values;
create view reporting.device_values as
  select s.time, d.device_id, a.name as attribute, s.number, s.text
  from telemetry.samples s
  join telemetry.devices d using (device_key)
  join telemetry.attributes a using (attribute_key)
  where not d.deleted;

select not exists (select from pg_roles where rolname = 'turnkey_grafana') as missing \gset
\if :missing
create role turnkey_grafana login connection limit 10;
\endif
alter role turnkey_grafana password :'password';
-- A panel that asks for too much is stopped, and nothing can be written.
alter role turnkey_grafana set statement_timeout = '30s';
alter role turnkey_grafana set default_transaction_read_only = on;
grant usage on schema reporting to turnkey_grafana;
grant select on reporting.device_values to turnkey_grafana;

commit;
