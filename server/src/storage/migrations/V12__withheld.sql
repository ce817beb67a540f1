-- What is held back, by whom and why. It goes with its story, and when that is let through.
CREATE TABLE withheld (
  story BLOB PRIMARY KEY REFERENCES story (id),
  ground TEXT NOT NULL,
  note TEXT,
  member BLOB NOT NULL REFERENCES member (id),
  role TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
