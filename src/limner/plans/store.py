"""SQL of plans. What of a month's credits is unused and free is known only as it is written.

So the amount that expires is computed by the line and by the wallet each for itself, from a wallet
that nobody else can have changed in between: whoever renews or changes the plan of a workspace has
passed the gate on its row before.
"""

from limner.db.base import Statement, Write
from limner.webhooks.outbox import TELL

UNUSED = "(w.plan - w.plan_held - CAST(:keeps AS BIGINT))"
OF_WALLET = "w.workspace_id = CAST(:workspace_id AS TEXT) AND w.ledger = 'live'"

EXPIRE = Statement(
    f"""
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, workspace_id, note)
    SELECT CAST(:expiry AS TEXT), NOW_US(), 'live', 'expire', w.workspace_id || '/plan', 'grants',
           {UNUSED}, w.workspace_id, CAST(:old_plan AS TEXT)
    FROM wallet w WHERE {OF_WALLET} AND {UNUSED} > 0
    """
)
"""What jobs hold stays. If it comes free again, it expires with the next month."""

GIVE = Statement(
    """
    INSERT INTO posting (operation, at, ledger, kind, debit, credit, amount, workspace_id, note)
    SELECT CAST(:month AS TEXT), NOW_US(), 'live', 'plan', 'grants',
           CAST(:workspace_id AS TEXT) || '/plan', CAST(:amount AS BIGINT),
           CAST(:workspace_id AS TEXT), CAST(:plan AS TEXT)
    WHERE TRUE
    ON CONFLICT (operation) DO NOTHING RETURNING operation
    """,
    refusal="given",
    each="months",
)

FILL = Statement(
    f"""
    UPDATE wallet AS w
    SET plan = w.plan + CAST(:given AS BIGINT)
               - CASE WHEN {UNUSED} > 0 THEN {UNUSED} ELSE 0 END
    WHERE {OF_WALLET} AND w.plan + CAST(:given AS BIGINT) <= CAST(:fullest AS BIGINT)
    RETURNING workspace_id
    """,
    refusal="full",
)

CHANGE = Write(
    "change_plan",
    (
        Statement(
            """
            UPDATE workspace SET plan = :plan, plan_since = :since, plan_renews_at = :renews
            WHERE id = :workspace_id AND COALESCE(plan, '') = CAST(:before AS TEXT)
              AND COALESCE(plan_since, 0) = CAST(:before_since AS BIGINT)
              AND COALESCE(plan_renews_at, 0) = CAST(:before_renews AS BIGINT)
              AND NOT EXISTS (SELECT 1 FROM posting
                              WHERE operation IN (CAST(:month_start AS TEXT),
                                                  CAST(:expiry AS TEXT)))
            RETURNING id
            """,
            refusal="changed",
        ),
        EXPIRE,
        GIVE,
        FILL,
    ),
    locks="workspace_id",
)

RENEW = Write(
    "renew_plan",
    (
        Statement(
            """
            UPDATE workspace SET plan_renews_at = CAST(:renews AS BIGINT)
            WHERE id = :workspace_id AND plan = CAST(:plan AS TEXT)
              AND plan_since = CAST(:since AS BIGINT)
              AND plan_renews_at = CAST(:due AS BIGINT) AND plan_renews_at <= NOW_US()
            RETURNING id
            """,
            refusal="renewed",
        ),
        EXPIRE,
        GIVE,
        FILL,
        TELL,
    ),
    locks="workspace_id",
)
"""Of all processes that find a month over, the first renews it."""

STANDING = """
    SELECT plan, plan_since, plan_renews_at, NOW_US() FROM workspace WHERE id = :workspace_id
"""

DUE = """
    SELECT id, plan, plan_since, plan_renews_at, NOW_US() FROM workspace
    WHERE plan_renews_at <= NOW_US() AND plan IS NOT NULL
      AND (plan_renews_at > CAST(:after AS BIGINT)
           OR (plan_renews_at = CAST(:after AS BIGINT) AND id > CAST(:after_id AS TEXT)))
    ORDER BY plan_renews_at, id LIMIT 200
"""

USED = "SELECT plan, COUNT(*) FROM workspace WHERE plan IS NOT NULL GROUP BY plan ORDER BY plan"
