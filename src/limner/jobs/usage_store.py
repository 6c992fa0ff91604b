"""SQL of usage reports. Sums are read from the index `job_usage` alone."""

from collections.abc import Sequence

COLUMNS = {
    "workspace": "j.workspace_id",
    "model": "j.model",
    "key": "j.key_id",
    "day": "j.ended_at / 86400000000",
}
"""What lines can be grouped by; a day is one of UTC."""

NARROWED = ("workspace_id", "key_id", "model")

SUMS = """
    COUNT(*), CAST(COALESCE(SUM(j.pictures), 0) AS BIGINT),
    CAST(COALESCE(SUM(j.charged), 0) AS BIGINT),
    CAST(COALESCE(SUM(CASE WHEN j.state = 'failed' THEN 1 ELSE 0 END), 0) AS BIGINT)
"""


def lines(by: Sequence[str], narrowed: Sequence[str]) -> str:
    columns = ", ".join(COLUMNS[name] for name in by)
    return f"""
        SELECT {columns}, {SUMS} {of(narrowed)} GROUP BY {columns} LIMIT CAST(:most AS BIGINT)
    """


def refunds(by: Sequence[str], narrowed: Sequence[str]) -> str:
    """What was given back in a time, whenever it had been charged."""
    names = {**COLUMNS, "day": "p.at / 86400000000"}
    columns = ", ".join(names[name] for name in by)
    conditions = "".join(f" AND j.{name} = :{name}" for name in narrowed)
    if "workspace_id" in narrowed:
        conditions += " AND p.workspace_id = :workspace_id"
    return f"""
        SELECT {columns}, CAST(SUM(p.amount) AS BIGINT) FROM posting p JOIN job j ON j.id = p.job_id
        WHERE p.kind = 'refund' AND p.ledger = :ledger AND p.at >= CAST(:start AS BIGINT)
          AND p.at < CAST(:end AS BIGINT) {conditions}
        GROUP BY {columns}
    """


def ended(narrowed: Sequence[str]) -> str:
    """Requests behind a place: the moment `start`, and in that moment the id of a job."""
    return f"""
        SELECT j.ended_at, j.id, j.model, j.key_id, j.tokens_in, j.tokens_out, j.charged,
               j.request_id, j.created_at, j.try_no
        {of(narrowed)}
          AND (j.ended_at > CAST(:start AS BIGINT) OR j.id > :after_id)
        ORDER BY j.ended_at, j.id LIMIT CAST(:most AS BIGINT)
    """


def of(narrowed: Sequence[str]) -> str:
    """Where it is read from. For all workspaces the index is entered once for each of them."""
    source = "job j" if "workspace_id" in narrowed else "workspace w CROSS JOIN job j"
    join = "" if "workspace_id" in narrowed else "j.workspace_id = w.id AND"
    conditions = "".join(f" AND j.{name} = :{name}" for name in narrowed)
    return f"""
        FROM {source}
        WHERE {join} j.ledger = :ledger AND j.ended_at >= CAST(:start AS BIGINT)
          AND j.ended_at < CAST(:end AS BIGINT) {conditions}
    """
