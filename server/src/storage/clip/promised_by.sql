SELECT coalesce(sum(clip.length), 0)
FROM story JOIN clip ON clip.story = story.id
WHERE story.entry = :entry
