-- Only of stories that arrived whole; what failed before waits behind what was never tried.
SELECT clip.id, clip.kind, clip.media_type, clip.length, clip.sha256
FROM clip JOIN story ON story.id = clip.story
WHERE clip.arrived = 1 AND clip.measured IS NULL AND clip.tries < :tries
  AND NOT EXISTS (SELECT 1 FROM clip AS other WHERE other.story = clip.story AND NOT other.arrived)
ORDER BY clip.tries, story.number, clip.place
LIMIT 1
