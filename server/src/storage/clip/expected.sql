SELECT clip.story, clip.length, clip.sha256, clip.arrived, story.owner_key, story.second_key, story.upload_key
FROM clip JOIN story ON story.id = clip.story
WHERE clip.id = :id
