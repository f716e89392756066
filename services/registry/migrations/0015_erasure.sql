-- Words that name tenants and things can leave a line: its text is replaced by one without them, which says by which later line
-- ("redactedBy" stands before "seq"); its hash stays, and the later line vouches for the new text. Nothing else of a line changes.
create function ledger_redacted_by(line text) returns bigint language sql immutable parallel safe as
  $$ select substring(line from '"redactedBy":([0-9]{1,18}),"seq":')::bigint $$;
create index ledger_redactions on ledger (ledger_redacted_by(line), seq) where ledger_redacted_by(line) is not null;
create function ledger_keeps_but_words() returns trigger language plpgsql set search_path from current as $$
begin
  if ledger_redacted_by(old.line) is null and ledger_redacted_by(new.line) > old.seq
     and (new.seq, new.hash, new.at, new.device_id, new.provisioning_id, new.idempotency_key, new.groups)
         is not distinct from (old.seq, old.hash, old.at, old.device_id, old.provisioning_id, old.idempotency_key, old.groups)
     and new.line like '{"act":"' || old.act || '",%' then
    return new;
  end if;
  raise exception 'the ledger is append-only';
end $$;
drop trigger ledger_append_only on ledger;
create trigger ledger_append_only before delete on ledger for each row execute function ledger_is_append_only();
create trigger ledger_only_redacted before update on ledger for each row execute function ledger_keeps_but_words();
