-- What staff took along on which sign-in, and until when: no content, and no moment but its end.
CREATE TABLE lease (
  sign_in BLOB NOT NULL,
  story BLOB NOT NULL REFERENCES story (id),
  ends_at INTEGER NOT NULL,
  PRIMARY KEY (sign_in, story)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_by_story ON lease (story);
CREATE INDEX lease_by_end ON lease (ends_at);
-- Of a story that was taken back: until when at most a device out of reach may hold it. Told to its teller only.
ALTER TABLE story ADD COLUMN held_until INTEGER;
