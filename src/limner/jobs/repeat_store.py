"""SQL of repeats: which job an earlier request made, and whether its caller still waits for it."""

from limner.db.base import Statement, Write

HONOURED_US = 24 * 3600 * 1_000_000
"""How long an idempotency key stands for the request it was first sent with."""

CLAIM_KEY = Statement(
    f"""
    INSERT INTO idempotency (workspace_id, ledger, route, key, body_digest, job_id, at)
    VALUES (:workspace_id, :ledger, :route, :idempotency_key, :body_digest, :job_id, NOW_US())
    ON CONFLICT (workspace_id, ledger, route, key) DO UPDATE
    SET body_digest = excluded.body_digest, job_id = excluded.job_id, at = excluded.at
    WHERE idempotency.at < excluded.at - {HONOURED_US}
    RETURNING job_id
    """,
    refusal="known",
)

BY_KEY = f"""
    SELECT job_id, body_digest FROM idempotency
    WHERE workspace_id = :workspace_id AND ledger = :ledger AND route = :route
      AND key = :idempotency_key AND at > NOW_US() - {HONOURED_US}
"""

SWEEP_KEYS = Write(
    "sweep_idempotency_keys",
    (
        Statement(f"DELETE FROM idempotency WHERE at < NOW_US() - {HONOURED_US}"),
        Statement(f"DELETE FROM collected WHERE at < NOW_US() - {HONOURED_US}"),
    ),
)

LEFT = """
    SELECT id, state FROM job
    WHERE key_id = :key_id AND body_digest = :body_digest AND left_at IS NOT NULL
      AND (state = 'processing'
           OR state = 'completed' AND left_at > NOW_US() - CAST(:window_us AS BIGINT)
           OR state = 'failed' AND error_code <> 'cancelled'
              AND ended_at > NOW_US() - CAST(:failed_us AS BIGINT))
      AND NOT EXISTS (SELECT 1 FROM collected c WHERE c.job_id = job.id)
    ORDER BY created_at DESC LIMIT 1
"""

LOST = """
    SELECT id, state FROM job
    WHERE workspace_id = :workspace_id AND created_at > NOW_US() - CAST(:window_us AS BIGINT)
      AND key_id = :key_id AND body_digest = :body_digest
      AND (state = 'processing' OR ended_at > NOW_US() - CAST(:lately_us AS BIGINT))
      AND NOT EXISTS (SELECT 1 FROM collected c WHERE c.job_id = job.id)
    ORDER BY created_at DESC LIMIT 1
"""

LEAVE = Write(
    "leave",
    (
        Statement(
            """
            UPDATE job SET left_at = NOW_US() WHERE id = :job_id AND state = 'processing'
            RETURNING id
            """,
            refusal="ended",
        ),
    ),
    locks="workspace_id",
)

RETURN = Write(
    "return",
    (
        Statement(
            """
            UPDATE job SET left_at = NULL
            WHERE id = :job_id AND state = 'processing' AND left_at IS NOT NULL RETURNING id
            """,
            refusal="gone",
        ),
    ),
    locks="workspace_id",
)

COLLECT = Write(
    "collect",
    (
        Statement(
            """
            INSERT INTO collected (job_id, at) VALUES (:job_id, NOW_US())
            ON CONFLICT (job_id) DO NOTHING RETURNING job_id
            """,
            refusal="gone",
        ),
    ),
    locks="workspace_id",
)
