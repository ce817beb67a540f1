INSERT INTO clip (id, story, place, kind, media_type, length, millis, sha256, words)
VALUES (:id, :story, :place, :kind, :media_type, :length, :millis, :sha256, :words)
