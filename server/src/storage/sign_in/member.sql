SELECT member.id, member.project, member.role
FROM sign_in JOIN member ON member.id = sign_in.member
WHERE sign_in.token = :token AND sign_in.revoked = 0 AND sign_in.expires_at > :now
