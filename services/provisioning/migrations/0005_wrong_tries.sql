-- The tries of a window that its user opened again are those of the next one.
create index wrong_tries_by_device on provisionings (device_id, ended_at_ms)
  where wrong_bursts > 0 and state <> 'completed' and reason <> 'opened_again';
drop index wrong_by_device;
