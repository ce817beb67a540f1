SELECT EXISTS (
  SELECT 1 FROM scope_line
  WHERE scope = :scope AND kind = :kind AND entity = :entity AND presence = 'put'
)
