UPDATE story SET
  state = 'withdrawn', entry = NULL, prompt = NULL, title = NULL, pictures = NULL, text = NULL, language = NULL,
  perspective = NULL, tags = NULL, answers = NULL, told_at = NULL, received_at = NULL
WHERE id = :story
