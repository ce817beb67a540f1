-- SHA-256 of what others are handed out for a clip; there once `measured` is.
ALTER TABLE clip ADD COLUMN derived BLOB;
-- How often making it failed. Given up after three times, until the next start.
ALTER TABLE clip ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX clip_to_derive ON clip (tries) WHERE arrived = 1 AND measured IS NULL;
