-- Where five minutes have more samples than fit into one statement, they are rolled up in slices. Until the last of them
-- `fives_until` is their beginning, and nobody reads their row.
alter table rollup_progress add column slices_until timestamptz not null default 'epoch';

-- What programs of before left unfinished would be added to.
delete from rollups where level = 5 and begins >= (select fives_until from rollup_progress);
