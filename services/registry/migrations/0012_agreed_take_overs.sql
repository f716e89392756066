-- A take-over that the owner's people agreed to, with whom and when: they knew who asked, so they may read what came of it.
alter table notices add column agreed_with text references users (id) on delete set null;
alter table notices add column agreed_at timestamptz;
create index notices_agreed_with on notices (agreed_with);
