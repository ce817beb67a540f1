INSERT INTO withheld (story, ground, note, member, role, at)
VALUES (:story, :ground, :note, :member, :role, :at)
ON CONFLICT (story) DO UPDATE SET
  ground = excluded.ground, note = excluded.note, member = excluded.member, role = excluded.role, at = excluded.at
