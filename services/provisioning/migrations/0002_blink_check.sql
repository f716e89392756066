-- Devices with a light: who has pressed must also say how often it blinked. `blinks` is 0 outside of that stage.
alter table provisionings add column blink_check boolean not null default false;
alter table provisionings add column blinks int not null default 0;

-- What went wrong in a window counts in the next one of its user too, however it ended; so does a lock.
drop index locked_by_device;
create index wrong_by_device on provisionings (device_id, ended_at_ms) where wrong_bursts > 0;
