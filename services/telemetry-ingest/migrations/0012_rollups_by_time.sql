-- What leaves makes room that new times are written into: ranges of pages soon say nothing about times.
create index rollups_begins on rollups (begins);
drop index rollups_by_time;
