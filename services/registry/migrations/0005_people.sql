-- Programs act as their user, narrowed by scopes. Only the token's hash is kept.
create table api_tokens (
  id text primary key,
  token_hash bytea not null unique,  -- SHA-256 of the token, which is 256 random bits
  user_id text not null references users (id) on delete cascade,
  name text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz  -- to the minute
);
create index api_tokens_user on api_tokens (user_id);
create index api_tokens_expiry on api_tokens (expires_at);

-- A user without a password has the hash '': nothing matches it.
-- People who were lent rights: users without a password, of one group, whose rights end at `not_after`.
create table passes (
  user_id text primary key references users (id) on delete cascade,
  group_id text not null references groups (id),
  not_after timestamptz not null,
  created_at timestamptz not null,
  created_by text not null  -- a user's id; they may be gone
);
create index passes_group on passes (group_id);
create index passes_end on passes (not_after);

create table one_time_links (
  token_hash bytea primary key,  -- SHA-256 of the token, which is 256 random bits
  kind text not null check (kind in ('invitation', 'password_reset', 'pass')),
  user_id text not null references users (id) on delete cascade,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz  -- of a pass: never, it signs in as often as it is opened
);
create index one_time_links_user on one_time_links (user_id);
create index one_time_links_expiry on one_time_links (expires_at);

-- Moved groups are announced device by device, in pages.
create index devices_group_id on devices (group_id, id);
drop index devices_group;

-- What a line is about: groups and all above them, as they were. Lines from before this have none: they are the operators'.
alter table ledger add column groups text[];
create index ledger_groups on ledger using gin (groups);
-- Out of the line itself (its keys are sorted, "act" is the first), so that it can never say another thing.
alter table ledger add column act text generated always as (substring(line from '^\{"act":"([a-z_.]*)"')) stored;
create index ledger_act on ledger (act, seq);
create index ledger_at on ledger using brin (at);
