INSERT INTO scope_line (scope, kind, entity, revision, entered, presence)
VALUES (:scope, :kind, :entity, :revision, :revision, :presence)
ON CONFLICT (scope, kind, entity) DO UPDATE SET revision = :revision, presence = :presence
