"""SQL of budgets: what a key or a workspace may spend in a calendar month of UTC.

A budget counts what is held and what was charged; `HELD`, `SPENT` and `FREED` are parts of the
transactions that move the money itself. They find the budgets of a job by its key and workspace, so
that one which is set while the job runs is right too. A workspace's is for live work alone.
"""

from limner.db.base import Statement, Write

THIS_MONTHS = "CASE WHEN period = THIS_MONTH() THEN {column} ELSE 0 END"
CHARGED = THIS_MONTHS.format(column="charged")
TOLD = THIS_MONTHS.format(column="told")
AMOUNT = "(CAST(:plan AS BIGINT) + CAST(:topup AS BIGINT))"
OF_JOB = """
    scope IN ((SELECT key_id FROM job WHERE id = :job_id),
              CASE WHEN CAST(:ledger AS TEXT) = 'live' THEN CAST(:workspace_id AS TEXT) END)
"""

HELD = Statement(
    f"""
    UPDATE budget
    SET held = held + {AMOUNT}, charged = {CHARGED}, told = {TOLD}, period = THIS_MONTH()
    WHERE scope = :scope AND ({AMOUNT} = 0 OR {CHARGED} + held + {AMOUNT} <= most)
    RETURNING scope
    """,
    refusal="bounds",
    each="budgets",
)

BUDGETS_OF = """
    (SELECT COUNT(*) FROM budget
     WHERE scope IN (CAST(:key_id AS TEXT),
                     CASE WHEN CAST(:ledger AS TEXT) = 'live' THEN CAST(:workspace_id AS TEXT) END))
"""
"""How many budgets a request counts in: there may be a new one, or one less than was known."""

SPENT = Statement(
    f"""
    UPDATE budget
    SET held = held - {AMOUNT}, told = {TOLD}, period = THIS_MONTH(),
        charged = {CHARGED} + CAST(:plan_charged AS BIGINT) + CAST(:topup_charged AS BIGINT)
    WHERE {OF_JOB}
    """
)

FREED = Statement(f"UPDATE budget SET held = held - {AMOUNT} WHERE {OF_JOB}")

OF_SCOPE = """
    j.ledger = CAST(:ledger AS TEXT)
    AND CAST(:scope AS TEXT) IN (j.key_id, j.workspace_id)
"""

LEVEL = """
    CASE WHEN budget.charged >= excluded.most THEN 100
         WHEN budget.charged >= excluded.most * 90 / 100 THEN 90
         WHEN budget.charged >= excluded.most * 75 / 100 THEN 75
         WHEN budget.charged >= excluded.most * 50 / 100 THEN 50 ELSE 0 END
"""
"""How far a changed budget is spent: of a raised one that is told again."""

SET_BUDGET = Statement(
    f"""
    INSERT INTO budget (scope, most, period, charged, held)
    SELECT CAST(:scope AS TEXT), CAST(:most AS BIGINT), THIS_MONTH(),
           (SELECT COALESCE(SUM(p.amount), 0) FROM posting p JOIN job j ON j.id = p.job_id
            WHERE p.workspace_id = :workspace_id AND p.kind = 'settle' AND p.at >= MONTH_US()
              AND {OF_SCOPE}),
           (SELECT COALESCE(SUM(h.plan + h.topup), 0) FROM hold h JOIN job j ON j.id = h.job_id
            WHERE h.workspace_id = :workspace_id AND h.state = 'open' AND {OF_SCOPE})
    WHERE TRUE
    ON CONFLICT (scope) DO UPDATE
    SET most = excluded.most,
        told = CASE WHEN budget.told <= {LEVEL} THEN budget.told ELSE {LEVEL} END
    """,
    each="set_budgets",
)
"""A budget that is set in the middle of a month begins with what that month has cost so far."""

DROP_BUDGET = Statement("DELETE FROM budget WHERE scope = :scope", each="dropped_budgets")

COLUMNS = f"""
    SELECT scope, most, {CHARGED}, held, {TOLD}, THIS_MONTH() FROM budget
"""
BUDGETS = f"{COLUMNS} WHERE scope IN (CAST(:key_id AS TEXT), CAST(:workspace_scope AS TEXT))"

UNTOLD = f"""
    {COLUMNS} WHERE most > 0 AND period = THIS_MONTH() AND told < 100 AND charged * 2 >= most
"""

TELL = Write(
    "tell_budget",
    (
        Statement(
            """
            UPDATE budget SET told = CAST(:level AS BIGINT)
            WHERE scope = :scope AND period = :period AND told < CAST(:level AS BIGINT)
            RETURNING scope
            """,
            refusal="told",
        ),
    ),
)
