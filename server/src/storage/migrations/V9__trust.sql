-- What a server checks before it believes its own folder and its own clock.
-- Made of the key file, which it does not tell anything about: with another key file no teller's code would open anything.
ALTER TABLE meta ADD COLUMN key_check BLOB;
-- When it was last looked for what is old: a clock that is far from there is not believed at once.
ALTER TABLE meta ADD COLUMN last_forgot INTEGER;
-- When every byte was last held against its hash.
ALTER TABLE meta ADD COLUMN last_verified INTEGER;
