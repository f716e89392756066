-- Roll-ups by five minutes are kept for a time, those by hours for as long as the samples: those by five minutes that begin before
-- `fives_from` are gone.
alter table rollup_progress add column fives_from timestamptz not null default 'epoch';
