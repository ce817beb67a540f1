SELECT story.project, story.owner_key, story.upload_key, consent.version AS consent_version,
  consent.wording AS consent_wording, consent.choices AS consent_choices,
  NOT EXISTS (SELECT 1 FROM clip WHERE clip.story = story.id AND NOT clip.arrived) AS whole
FROM story LEFT JOIN consent ON consent.story = story.id
WHERE story.id = :id
ORDER BY consent.version DESC
LIMIT 1
