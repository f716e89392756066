-- The samples of five minutes lie together, whoever's they are, and are rolled up at once: this finds them. It takes a few kilobytes
-- for a gigabyte of samples. Roll-ups tell it of new pages (outbound/pg_rollups), and so does VACUUM.
create index samples_by_time on samples using brin (time) with (pages_per_range = 128);
