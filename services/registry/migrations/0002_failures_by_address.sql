-- Every sign-in counts the failures of its address, and somebody who guesses makes many.
create index sign_in_failures_address on sign_in_failures (address, at);
