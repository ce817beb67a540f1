INSERT INTO story (id, project, owner_key, second_key, upload_key, state)
SELECT :story, :project, :owner, :second, :upload, 'withdrawn'
WHERE EXISTS (SELECT 1 FROM project WHERE id = :project)
