-- When the session set its user's password: the same request again, after its answer was lost, is known by it.
alter table sessions add column password_set_at timestamptz;
