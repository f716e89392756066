-- The samples of five minutes lie together, whoever's they are, and are rolled up at once: this finds them. It takes a few kilobytes
-- for a gigabyte of samples. Roll-ups tell it of new pages (outbound/pg_rollups), and so does VACUUM.
create index samples_by_time on samples using brin (time) with (pages_per_range = 128);

-- Where five minutes have more samples than fit into one statement, they are rolled up in slices. Until the last of them
-- `fives_until` is their beginning, and nobody reads their row.
alter table rollup_progress add column slices_until timestamptz not null default 'epoch';
