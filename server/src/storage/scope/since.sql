SELECT revision, kind, entity, presence
FROM scope_line
WHERE scope = :scope AND revision > :cursor AND (presence = 'put' OR entered <= :cursor)
ORDER BY revision
LIMIT :limit
