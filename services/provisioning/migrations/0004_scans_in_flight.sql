-- What is looked for, until the registry has answered: the same serial asked for again meanwhile is no second guess.
alter table failed_scans add column looking_for text;
