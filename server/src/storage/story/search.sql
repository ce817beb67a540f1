-- Only stories that arrived whole (ME9), are not held back (WH2) and whose present consent, of everybody who speaks in them, covers analysis, as
-- the list itself shows them. The words give the stories newest first, so that nothing is looked up beyond the limit.
SELECT story.id
FROM story_words
CROSS JOIN story ON story.number = story_words.rowid
WHERE story_words MATCH :query
  AND story.project = :project
  AND story.state = 'finalized'
  AND NOT EXISTS (SELECT 1 FROM withheld WHERE withheld.story = story.id)
  AND NOT EXISTS (SELECT 1 FROM clip WHERE clip.story = story.id AND NOT clip.arrived)
  AND NOT EXISTS (
    SELECT max(version), choices FROM consent WHERE consent.story = story.id
    GROUP BY voice HAVING choices ->> '$.analysis' <> 'yes'
  )
ORDER BY story_words.rowid DESC
LIMIT :limit
