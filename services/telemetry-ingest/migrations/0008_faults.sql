-- Which attribute says that a device has a fault; the registry tells it with everything else, so all is asked for again.
alter table devices add column fault_attribute text not null default '';
update devices set revision = 0 where revision > 0;
update registry_sync set next_revision = 0;

-- Beginnings of faults, until the registry has been told.
create table outbox (id bigserial primary key, kind text not null, key text not null, payload text not null, created_at timestamptz not null default now(), attempts int not null default 0, next_attempt_at timestamptz not null default now());
create index outbox_key on outbox (key, id);
