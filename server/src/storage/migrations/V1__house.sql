-- The house: projects and their doors, stories and their consent, members and sign-ins, and the sync engine's own
-- books. Migrations are append-only: this file never changes once released.

CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch INTEGER NOT NULL,
  demo BLOB
) STRICT;
INSERT INTO meta (one, epoch) VALUES (1, 1);

CREATE TABLE project (
  id BLOB PRIMARY KEY,
  content TEXT NOT NULL
) STRICT;

CREATE TABLE entry (
  code TEXT PRIMARY KEY,
  project BLOB NOT NULL REFERENCES project (id)
) STRICT;

-- A withdrawn story keeps its id, its project and the keyed hashes of its keys, and nothing else.
CREATE TABLE story (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  project BLOB NOT NULL REFERENCES project (id),
  owner_key BLOB NOT NULL,
  upload_key BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('finalized', 'withdrawn')),
  entry TEXT,
  prompt BLOB,
  title TEXT,
  pictures TEXT,
  text TEXT,
  language TEXT,
  perspective TEXT,
  tags TEXT,
  told_at INTEGER,
  received_at INTEGER,
  CHECK (
    state = 'finalized'
    OR coalesce(entry, prompt, title, pictures, text, language, perspective, tags, told_at, received_at) IS NULL
  )
) STRICT;
CREATE INDEX story_by_project ON story (project, number);

-- Every consent a story ever had; the highest version holds. A withdrawn story has none.
CREATE TABLE consent (
  story BLOB NOT NULL REFERENCES story (id),
  version INTEGER NOT NULL,
  wording TEXT NOT NULL,
  choices TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (story, version)
) STRICT;

-- The words to find stories by; rowid is story.number.
CREATE VIRTUAL TABLE story_words USING fts5 (words, tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO story_words (story_words, rank) VALUES ('secure-delete', 1);

-- What became of every command, without its content. `day` counts from 1970: enough to forget after 13 months.
CREATE TABLE command (
  id BLOB PRIMARY KEY,
  verdict TEXT NOT NULL CHECK (verdict IN ('committed', 'rejected')),
  brought BLOB,
  problem TEXT,
  day INTEGER NOT NULL
) STRICT;

-- One counter per scope, and one line per thing in it: the newest. `entered` is the revision of its first Put.
CREATE TABLE scope (
  name TEXT PRIMARY KEY,
  revision INTEGER NOT NULL
) STRICT;
CREATE TABLE scope_line (
  scope TEXT NOT NULL REFERENCES scope (name),
  kind TEXT NOT NULL,
  entity BLOB NOT NULL,
  revision INTEGER NOT NULL,
  entered INTEGER NOT NULL,
  presence TEXT NOT NULL CHECK (presence IN ('put', 'gone')),
  PRIMARY KEY (scope, kind, entity)
) STRICT;
CREATE UNIQUE INDEX scope_line_by_revision ON scope_line (scope, revision);

CREATE TABLE member (
  id BLOB PRIMARY KEY,
  project BLOB NOT NULL REFERENCES project (id),
  role TEXT NOT NULL
) STRICT;

-- One-time links: only the SHA-256 of the secret.
CREATE TABLE sign_in_link (
  secret BLOB PRIMARY KEY,
  member BLOB NOT NULL REFERENCES member (id),
  expires_at INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Only the SHA-256 of the token; of last use only the day.
CREATE TABLE sign_in (
  token BLOB PRIMARY KEY,
  member BLOB NOT NULL REFERENCES member (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  seen_day INTEGER NOT NULL,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
