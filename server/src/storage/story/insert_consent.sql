INSERT INTO consent (story, voice, version, wording, choices, guardian, at)
VALUES (:story, :voice, :version, :wording, :choices, :guardian, :at)
