SELECT project, owner_key, second_key, upload_key,
  NOT EXISTS (SELECT 1 FROM clip WHERE clip.story = story.id AND NOT clip.arrived) AS whole
FROM story
WHERE id = :id
