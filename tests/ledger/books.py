"""What must be true of the books at every commit, asked of the database itself."""

from limner.audit.money_rules import MONEY_RULES
from limner.audit.triggers import missing_triggers
from limner.db.base import Database, Row
from limner.errors import LimnerError

OURS = "(CAST(:workspace AS TEXT) IS NULL OR {row}.workspace_id = :workspace)"

BALANCES = f"""
    WITH moved AS (
        SELECT ledger, credit AS account, amount FROM posting p WHERE {OURS.format(row="p")}
        UNION ALL SELECT ledger, debit, -amount FROM posting p WHERE {OURS.format(row="p")}),
    total AS (SELECT ledger, account, SUM(amount) AS amount FROM moved GROUP BY ledger, account)
    SELECT w.workspace_id, w.ledger, w.plan, w.topup, COALESCE(p.amount, 0), COALESCE(t.amount, 0)
    FROM wallet w
    LEFT JOIN total p ON p.ledger = w.ledger AND p.account = w.workspace_id || '/plan'
    LEFT JOIN total t ON t.ledger = w.ledger AND t.account = w.workspace_id || '/topup'
    WHERE {OURS.format(row="w")}
"""

HOLDS = f"""
    SELECT w.workspace_id, w.ledger, w.plan, w.plan_held, w.topup, w.topup_held,
           COALESCE(SUM(h.plan), 0), COALESCE(SUM(h.topup), 0)
    FROM wallet w LEFT JOIN hold h
      ON h.workspace_id = w.workspace_id AND h.ledger = w.ledger AND h.state = 'open'
    WHERE {OURS.format(row="w")}
    GROUP BY w.workspace_id, w.ledger, w.plan, w.plan_held, w.topup, w.topup_held
"""

JOBS = f"""
    SELECT j.id, j.state, h.state, j.charged, h.plan_charged + h.topup_charged, h.plan + h.topup,
           COALESCE((SELECT SUM(amount) FROM posting
                     WHERE operation IN ('settle/' || j.id || '/plan',
                                         'settle/' || j.id || '/topup')), 0)
    FROM job j LEFT JOIN hold h ON h.job_id = j.id
    WHERE {OURS.format(row="j")}
"""

ACCOUNTS = """
    SELECT SUM(balance) FROM (
        SELECT credit AS account, SUM(amount) AS balance FROM posting GROUP BY credit
        UNION ALL SELECT debit, -SUM(amount) FROM posting GROUP BY debit) AS sides
"""

OVERDUE = f"""
    SELECT job_id FROM hold h
    WHERE state = 'open' AND expires_at < NOW_US() - 30000000 AND {OURS.format(row="h")}
"""
STRAY = "SELECT job_id FROM hold WHERE job_id NOT IN (SELECT id FROM job)"

ENDS = {
    ("processing", "open"),
    ("processing", "expired"),
    ("completed", "settled"),
    ("failed", "released"),
    ("failed", "expired"),
}


async def breaches(database: Database, workspace_id: str | None = None) -> list[str]:
    """Every row that breaks one of the invariants I1 to I4, I6 and I7; empty is good.

    With a workspace only its rows are looked at, which is quicker after every step of a long run.
    """
    ours = {"workspace": workspace_id}
    found = [f"I1 {row}" for row in await database.fetch(BALANCES, ours) if row[2:4] != row[4:6]]
    found += [f"I1 accounts sum to {row[0]}" for row in await database.fetch(ACCOUNTS) if row[0]]
    found += [
        f"I2 {row}" for row in await database.fetch(HOLDS, ours) if not sound(*numbers(row[2:]))
    ]
    for job_id, state, end, *amounts in await database.fetch(JOBS, ours):
        charged, settled, held, posted = numbers(amounts)
        if (state, end) not in ENDS:
            found.append(f"I3 {job_id}: {state} with a hold that is {end}")
        if not 0 <= settled <= held:
            found.append(f"I4 {job_id}: {settled} of {held}")
        if not charged == settled == posted:
            found.append(f"I7 {job_id}: {charged}, {settled}, {posted}")
    found += [f"I3 {row[0]}: a hold without a job" for row in await database.fetch(STRAY)]
    found += [f"I6 {row[0]}" for row in await database.fetch(OVERDUE, ours)]
    return found


async def rules_broken(database: Database) -> list[str]:
    """What the audit finds of money alone: for jobs of whose pictures there is nothing but rows."""
    found = [str(breach) for breach in await missing_triggers(database)]
    for rule in MONEY_RULES:
        rows = await database.fetch(rule.breakers)
        found += [f"{rule.number}, {rule.says}: {row}" for row in rows]
    return found


def sound(plan: int, plan_held: int, topup: int, topup_held: int, *open_holds: int) -> bool:
    return plan_held <= plan and topup_held <= topup and (plan_held, topup_held) == open_holds


def numbers(row: Row | list[str | int | None]) -> list[int]:
    return [int(value or 0) for value in row]


async def balance_of(database: Database, account: str, ledger: str) -> int:
    rows = await database.fetch(
        """
        SELECT COALESCE(SUM(CASE WHEN credit = :account THEN amount ELSE -amount END), 0)
        FROM posting WHERE ledger = :ledger AND (credit = :account OR debit = :account)
        """,
        {"account": account, "ledger": ledger},
    )
    return int(rows[0][0] or 0)


def why(error: Exception | None) -> str:
    """An error's code, for comparing what two ledgers say."""
    return error.code if isinstance(error, LimnerError) else type(error).__name__
