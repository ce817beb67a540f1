-- What is kept only for a time. `day` counts from 1970, as in `command`: the day of the line, so that what left a
-- scope long ago need not be told for ever. Lines of before this have no day and are the first to go.
ALTER TABLE scope_line ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
CREATE INDEX scope_line_by_day ON scope_line (presence, day);
CREATE INDEX command_by_day ON command (day);

-- The revision up to which lines were forgotten; a cursor of before it gets everything of the scope anew.
ALTER TABLE scope ADD COLUMN begins INTEGER NOT NULL DEFAULT 0;
