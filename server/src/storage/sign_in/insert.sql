INSERT INTO sign_in (token, member, created_at, expires_at, seen_day)
VALUES (:token, :member, :now, :expires, :day)
