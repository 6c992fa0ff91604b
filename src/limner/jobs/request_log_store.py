"""SQL of the request log. A condition is only there when it narrows, so that indexes serve it."""

from collections.abc import Iterable

COLUMNS = """
    SELECT j.request_id, j.id, j.key_id, j.task, j.modality, j.model, j.n, j.pictures, j.state,
           j.error_code, j.error_message, j.charged, COALESCE(h.plan + h.topup, 0), j.cost,
           j.params, j.try_no, j.provider, j.provider_request_id, j.tokens_in, j.tokens_out,
           j.prompt, j.created_at, j.started_at, j.drawn_at, j.ended_at,
           CAST((SELECT COALESCE(SUM(p.amount), 0) FROM posting p
                 WHERE p.corrects IN ('settle/' || j.id || '/plan', 'settle/' || j.id || '/topup')
                ) AS BIGINT)
    FROM job j LEFT JOIN hold h ON h.job_id = j.id
    WHERE j.workspace_id = :workspace_id AND j.ledger = :ledger
"""

STATUS = "CASE WHEN j.state = 'processing' AND j.try_no = 0 THEN 'queued' ELSE j.state END"
NARROWED = {
    "key_id": "j.key_id",
    "model": "j.model",
    "state": STATUS,
    "error_code": "j.error_code",
    "request_id": "j.request_id",
}
"""What entries can be narrowed by, and what must equal it."""


UNINDEXED = "+j.created_at"
"""SQLite would else read a workspace's jobs in order of time to find the few of one request."""


def page(narrowed: Iterable[str]) -> str:
    """Entries before the moment `until`, or of that moment and with an id below `below`."""
    names = [name for name in NARROWED if name in set(narrowed)]
    conditions = "".join(f" AND {NARROWED[name]} = :{name}" for name in names)
    at = UNINDEXED if "request_id" in names else "j.created_at"
    return f"""
        {COLUMNS} {conditions}
          AND {at} >= CAST(:since AS BIGINT) AND {at} <= CAST(:until AS BIGINT)
          AND ({at} < CAST(:until AS BIGINT) OR j.id < :below)
        ORDER BY {at} DESC, j.id DESC LIMIT CAST(:most AS BIGINT)
    """


PLACE = """
    SELECT created_at, id FROM job
    WHERE id = :job_id AND workspace_id = :workspace_id AND ledger = :ledger
"""

OF_JOB = f"{COLUMNS} AND j.id = :word"
OF_REQUEST = f"{COLUMNS} AND j.request_id = :word ORDER BY {UNINDEXED} DESC, j.id DESC LIMIT 1"
