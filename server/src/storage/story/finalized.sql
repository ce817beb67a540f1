SELECT story.*, consent.version AS consent_version, consent.wording AS consent_wording,
  consent.choices AS consent_choices
FROM story JOIN consent ON consent.story = story.id
WHERE story.id = :id AND story.state = 'finalized'
ORDER BY consent.version DESC
LIMIT 1
