-- What is not written of a story, as its manifest names it. The bytes are in the media folder under the clip's id.
CREATE TABLE clip (
  id BLOB PRIMARY KEY,
  story BLOB NOT NULL REFERENCES story (id),
  -- Its place in the story, counted from 0.
  place INTEGER NOT NULL,
  kind TEXT NOT NULL,
  media_type TEXT NOT NULL,
  length INTEGER NOT NULL,
  millis INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  words TEXT,
  -- What was found out about what others are handed out; absent until every byte arrived and held against `sha256`.
  measured TEXT,
  arrived INTEGER NOT NULL DEFAULT 0 CHECK (arrived IN (0, 1)),
  UNIQUE (story, place)
) STRICT;
-- How much room is promised, and how much of it is still to come.
CREATE INDEX clip_by_arrival ON clip (arrived, length);
CREATE INDEX story_by_entry ON story (entry) WHERE entry IS NOT NULL;
