-- After a wrong answer about the light a window listens for presses anew: the number that was not counted right
-- must not be the next one. 0 before the first wrong answer.
alter table provisionings add column blinks_before int not null default 0;
