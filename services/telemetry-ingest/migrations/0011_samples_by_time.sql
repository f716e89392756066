-- The samples of five minutes lie together, whoever's they are, and are rolled up at once: this finds them. It takes a few kilobytes
-- for a gigabyte of samples. Several ranges for each megabyte, because some clocks are wrong by hours. Only weeks that are not rolled
-- up yet need it, the newest as a rule; nothing is stored into them while it is made, a minute or two for a large one. Pages that are
-- new to it are told by roll-ups (outbound/pg_rollups) and by VACUUM, which comes more often than for a fifth of a large table. New weeks
-- are made with the same (outbound/pg_partitions).
do $$
declare
  week regclass;
begin
  for week in
    select c.oid from pg_inherits i join pg_class c on c.oid = i.inhrelid, rollup_progress
    where i.inhparent = 'samples'::regclass and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 > fives_until
  loop
    execute format('create index on %s using brin (time timestamptz_minmax_multi_ops (values_per_range = 32)) '
                   'with (pages_per_range = 128)', week);
    execute format('alter table %s set (autovacuum_vacuum_insert_scale_factor = 0, '
                   'autovacuum_vacuum_insert_threshold = 5000000)', week);
  end loop;
end
$$;
