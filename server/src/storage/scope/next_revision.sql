INSERT INTO scope (name, revision) VALUES (:scope, 1)
ON CONFLICT (name) DO UPDATE SET revision = revision + 1
RETURNING revision
