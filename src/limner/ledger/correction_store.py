"""SQL of refunds and corrections: new lines that turn round others, and name which.

What a line moved goes back at most once: the sum is looked at by the statement that writes. Another
one that reads it before would not see what waits in the same group.
"""

from limner.db.base import Statement, Write

CORRECT = Write(
    "correct",
    (
        Statement(
            """
            UPDATE wallet SET plan = plan + :to_plan, topup = topup + :to_topup
            WHERE workspace_id = :workspace_id AND ledger = :ledger
              AND plan + :to_plan BETWEEN plan_held AND CAST(:fullest AS BIGINT)
              AND topup + :to_topup BETWEEN topup_held AND CAST(:fullest AS BIGINT)
            RETURNING workspace_id
            """,
            refusal="out_of_bounds",
        ),
        Statement(
            """
            INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, workspace_id,
                                 job_id, corrects, note)
            SELECT :operation, NOW_US(), o.ledger, :kind, o.credit, o.debit,
                   CAST(:amount AS BIGINT), o.workspace_id, o.job_id, o.operation, :note
            FROM posting o
            WHERE o.operation = CAST(:corrects AS TEXT)
              AND o.workspace_id = CAST(:workspace_id AS TEXT)
              AND o.ledger = CAST(:ledger AS TEXT)
              AND CAST(:amount AS BIGINT) + (
                  SELECT COALESCE(SUM(c.amount), 0) FROM posting c WHERE c.corrects = o.operation
              ) <= o.amount
            ON CONFLICT (operation) DO NOTHING RETURNING operation
            """,
            refusal="beyond",
            each="lines",
        ),
    ),
    locks="workspace_id",
)
"""Refused as `beyond`, too, where the operation was done before."""

LINES = """
    SELECT o.operation, o.debit, o.credit, o.amount,
           CAST((SELECT COALESCE(SUM(c.amount), 0) FROM posting c
                 WHERE c.corrects = o.operation) AS BIGINT)
    FROM posting o
    WHERE o.operation IN (CAST(:first AS TEXT), CAST(:second AS TEXT), CAST(:third AS TEXT))
      AND o.workspace_id = :workspace_id AND o.ledger = :ledger
"""
"""Lines of a workspace by their names, and how much of each has gone back."""

KNOWN = "SELECT amount FROM posting WHERE operation = :operation"

JOB_STATE = """
    SELECT state FROM job
    WHERE id = :job_id AND workspace_id = :workspace_id AND ledger = :ledger
"""
