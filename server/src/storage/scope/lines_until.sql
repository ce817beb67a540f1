SELECT count(*) FROM scope_line
WHERE scope = :scope AND revision > :cursor AND revision <= :begins AND (presence = 'put' OR entered <= :cursor)
