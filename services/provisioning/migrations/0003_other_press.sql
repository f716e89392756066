-- The last press of another device that the user could have meant, while this one was not heard.
alter table provisionings add column other_serial text, add column other_at_ms bigint;
