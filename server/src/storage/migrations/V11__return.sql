-- A story is found by its code alone: by the stored form of an owner key, of either voice.
CREATE INDEX story_by_owner_key ON story (owner_key);
CREATE INDEX story_by_second_key ON story (second_key) WHERE second_key IS NOT NULL;
-- Counts from 1 what its teller made of it since it came in. What stood there before is not kept.
ALTER TABLE story ADD COLUMN edition INTEGER NOT NULL DEFAULT 1;
