UPDATE sign_in_link SET used = 1
WHERE secret = :secret AND used = 0 AND expires_at > :now
RETURNING member
