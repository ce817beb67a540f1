INSERT INTO scope_line (scope, kind, entity, revision, entered, presence, day)
VALUES (:scope, :kind, :entity, :revision, :revision, :presence, :day)
ON CONFLICT (scope, kind, entity) DO UPDATE SET revision = :revision, presence = :presence, day = :day
