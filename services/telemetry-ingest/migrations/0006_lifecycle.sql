-- A transaction that began before the deletion was known may still bring samples: erasing goes on for a while.
alter table devices add column deleted_at timestamptz;
update devices set deleted_at = now() where deleted and not erased;
