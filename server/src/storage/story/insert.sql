INSERT INTO story (
  id, project, owner_key, second_key, upload_key, state, entry, prompt, title, pictures, text, language, perspective,
  tags, answers, told_at, received_at
) VALUES (
  :id, :project, :owner_key, :second_key, :upload_key, 'finalized', :entry, :prompt, :title, :pictures, :text,
  :language, :perspective, :tags, :answers, :told_at, :received_at
)
RETURNING number
