INSERT INTO command (id, verdict, brought, problem, day)
VALUES (:id, :verdict, :brought, :problem, :day)
