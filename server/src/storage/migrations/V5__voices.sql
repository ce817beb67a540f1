-- Two voices: in a dialogue each has a key and consents of its own. A withdrawn story keeps the keyed hashes of both.
ALTER TABLE story ADD COLUMN second_key BLOB;

-- Every consent each voice of a story ever gave; of each voice the highest version holds. A withdrawn story has none.
-- `guardian` says that a parent or guardian said yes to it, where one was needed.
CREATE TABLE consent_of_voice (
  story BLOB NOT NULL REFERENCES story (id),
  voice TEXT NOT NULL CHECK (voice IN ('first', 'second')),
  version INTEGER NOT NULL,
  wording TEXT NOT NULL,
  choices TEXT NOT NULL,
  guardian TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (story, voice, version)
) STRICT;
INSERT INTO consent_of_voice (story, voice, version, wording, choices, at)
SELECT story, 'first', version, wording, choices, at FROM consent;
DROP TABLE consent;
ALTER TABLE consent_of_voice RENAME TO consent;
