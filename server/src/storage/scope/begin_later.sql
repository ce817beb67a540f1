UPDATE scope SET begins = gone.revision
FROM (
  SELECT scope, max(revision) AS revision FROM scope_line
  WHERE presence = 'gone' AND day < :day
  GROUP BY scope
) AS gone
WHERE scope.name = gone.scope AND gone.revision > scope.begins
