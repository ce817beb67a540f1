-- Only stories whose present consent covers analysis, as the list itself shows them.
SELECT story.id
FROM story_words
JOIN story ON story.number = story_words.rowid
WHERE story_words MATCH :query
  AND story.project = :project
  AND story.state = 'finalized'
  AND (
    SELECT choices ->> '$.analysis' FROM consent WHERE consent.story = story.id ORDER BY version DESC LIMIT 1
  ) = 'yes'
ORDER BY story.number DESC
LIMIT :limit
