-- The story one of whose owner keys has this stored form, while it stands.
SELECT id FROM story WHERE owner_key = :key AND state = 'finalized'
UNION ALL
SELECT id FROM story WHERE second_key = :key AND state = 'finalized'
LIMIT 1
