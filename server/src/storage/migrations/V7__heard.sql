-- Which stories a member heard to their end: that member's own marks, without a moment. They go with the story.
CREATE TABLE heard (
  member BLOB NOT NULL REFERENCES member (id),
  story BLOB NOT NULL REFERENCES story (id),
  PRIMARY KEY (member, story)
) STRICT, WITHOUT ROWID;
CREATE INDEX heard_by_story ON heard (story);
