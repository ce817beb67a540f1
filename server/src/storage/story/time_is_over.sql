SELECT story.id, story.project
FROM project
JOIN story ON story.project = project.id
WHERE project.content ->> '$.erase_by' <= :until AND story.state = 'finalized'
LIMIT :limit
