-- The ledger is searched by serial and by who acted. Both are read out of the line itself, as `act` is: its keys are
-- sorted and end with "seq", "serial" and "userId", so nothing within the detail can stand in for them.
create function ledger_serial(line text) returns text language sql immutable parallel safe as
  $$ select substring(line from '"serial":"([A-Z0-9._-]+)"(?:,"userId":"[0-9a-f]{24}")?\}$') $$;
create function ledger_user(line text) returns text language sql immutable parallel safe as
  $$ select substring(line from '"userId":"([0-9a-f]{24})"\}$') $$;
create index ledger_by_serial on ledger (ledger_serial(line), seq);
create index ledger_by_user on ledger (ledger_user(line), seq);
