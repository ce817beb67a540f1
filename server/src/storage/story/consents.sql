-- Of each voice the consent that holds: with max(), SQLite takes the other columns from the row of the maximum.
SELECT voice, max(version) AS version, wording, choices, guardian
FROM consent
WHERE story = :id
GROUP BY voice
