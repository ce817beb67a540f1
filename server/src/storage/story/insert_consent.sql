INSERT INTO consent (story, version, wording, choices, at)
VALUES (:story, :version, :wording, :choices, :at)
