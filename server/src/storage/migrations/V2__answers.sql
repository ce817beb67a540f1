-- What tellers answered about their own stories; none of it stays of a withdrawn one.
ALTER TABLE story ADD COLUMN answers TEXT CHECK (answers IS NULL OR state = 'finalized');
