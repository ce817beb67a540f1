UPDATE story SET title = :title, text = :text, edition = :edition
WHERE id = :story
RETURNING number
