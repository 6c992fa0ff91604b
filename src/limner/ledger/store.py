"""SQL of wallets, holds and postings.

`HOLD`, `SETTLE`, `RELEASE` and `LOSSES` are parts of the two transactions of a job, composed in
`jobs/store.py`. A hold that was ended before is never touched again: the gate finds no open row.
"""

from limner.db.base import Statement, Write
from limner.ledger.budget_store import FREED, SPENT

POST = """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, workspace_id, job_id,
                         corrects, note)
    VALUES (:operation, NOW_US(), :ledger, :kind, :debit, :credit, :amount, :workspace_id, :job_id,
            :corrects, :note)
"""

HOLD = (
    Statement(
        """
        UPDATE wallet SET plan_held = plan_held + :plan, topup_held = topup_held + :topup
        WHERE workspace_id = :workspace_id AND ledger = :ledger
          AND plan - plan_held >= :plan AND topup - topup_held >= :topup
        RETURNING workspace_id
        """,
        refusal="insufficient",
    ),
    Statement(
        """
        INSERT INTO hold (job_id, workspace_id, ledger, plan, topup, state, created_at, expires_at)
        VALUES (:job_id, :workspace_id, :ledger, :plan, :topup, 'open', NOW_US(),
                NOW_US() + CAST(:hold_us AS BIGINT))
        """
    ),
)

SETTLE = (
    Statement(
        """
        UPDATE hold SET state = 'settled', plan_charged = :plan_charged,
                        topup_charged = :topup_charged, ended_at = NOW_US()
        WHERE job_id = :job_id AND state = 'open' AND plan = :plan AND topup = :topup
        RETURNING job_id
        """,
        refusal="hold_ended",
    ),
    Statement(
        """
        UPDATE wallet SET plan = plan - :plan_charged, plan_held = plan_held - :plan,
                          topup = topup - :topup_charged, topup_held = topup_held - :topup
        WHERE workspace_id = :workspace_id AND ledger = :ledger
        """
    ),
    SPENT,
    Statement(POST, each="postings"),
)

RELEASE = (
    Statement(
        """
        UPDATE hold SET state = :hold_end, ended_at = NOW_US()
        WHERE job_id = :job_id AND state = 'open' AND plan = :plan AND topup = :topup
        RETURNING job_id
        """,
        refusal="hold_ended",
    ),
    Statement(
        """
        UPDATE wallet SET plan_held = plan_held - :plan, topup_held = topup_held - :topup
        WHERE workspace_id = :workspace_id AND ledger = :ledger
        """
    ),
    FREED,
)

LOSSES = Statement(POST, each="losses")
"""What a provider may have been paid for and nobody was charged for: from `grants` to `losses`."""

EXPIRE = Write("expire", RELEASE, locks="workspace_id")

OVERDUE_HOLDS = """
    SELECT job_id, workspace_id, ledger, plan, topup FROM hold
    WHERE state = 'open' AND expires_at < NOW_US() - CAST(:grace_us AS BIGINT)
    ORDER BY expires_at LIMIT 200
"""

GRANT = Write(
    "grant",
    (
        Statement(f"{POST} ON CONFLICT (operation) DO NOTHING RETURNING operation", "repeated"),
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
    ),
    locks="workspace_id",
)

WALLET = """
    SELECT plan, plan_held, topup, topup_held FROM wallet
    WHERE workspace_id = :workspace_id AND ledger = :ledger
"""

POSTINGS = """
    SELECT operation, at, kind, debit, credit, amount, job_id, corrects, note FROM posting
    WHERE workspace_id = :workspace_id AND ledger = :ledger ORDER BY at DESC, operation DESC
    LIMIT :most
"""
