"""SQL of sending. A claim moves `due_at` on; whoever comes back too late finds `tries` counted on.

Times compare by the database's clock, so that processes on many machines share the work.
"""

from limner.db.base import Statement, Write
from limner.webhooks.schedule import PATIENCE_US
from limner.webhooks.store import GIVE_UP_ALL

KEPT_US = 30 * 24 * 3600 * 1_000_000
"""How long the history of deliveries is kept."""
MOST_OF_ONE = 8
"""Deliveries to one receiver that are looked at together, so that none fills the whole answer."""

NEXT_TARGET = """
    (SELECT target FROM webhook_delivery WHERE state = 'pending' {beyond} ORDER BY target LIMIT 1)
"""
DUE = f"""
    WITH RECURSIVE waiting (name) AS (
        SELECT {NEXT_TARGET.format(beyond="")}
        UNION ALL
        SELECT {NEXT_TARGET.format(beyond="AND target > waiting.name")}
        FROM waiting WHERE waiting.name IS NOT NULL
    )
    SELECT d.id, d.event_id, d.type, d.workspace_id, d.ledger, d.webhook_id, d.job_id, d.target,
           d.data, d.tries, d.step, d.created_at
    FROM waiting JOIN webhook_delivery d ON d.id IN (
        SELECT id FROM webhook_delivery
        WHERE state = 'pending' AND target = waiting.name AND due_at <= NOW_US()
        ORDER BY due_at LIMIT {MOST_OF_ONE})
    ORDER BY d.due_at LIMIT 200
"""
"""Goes from receiver to receiver along the index: a long queue for one costs the others nothing."""

CLAIM = Write(
    "claim_delivery",
    (
        Statement(
            """
            UPDATE webhook_delivery
            SET tries = tries + 1, due_at = NOW_US() + CAST(:lease_us AS BIGINT)
            WHERE id = :delivery_id AND state = 'pending' AND tries = CAST(:tries AS BIGINT)
              AND due_at <= NOW_US()
            RETURNING id
            """,
            refusal="taken",
        ),
    ),
    locks="workspace_id",
)

TO_WEBHOOK = """
    SELECT address, secret, CASE WHEN old_until > NOW_US() THEN old_secret END
    FROM webhook WHERE id = :webhook_id AND state = 'enabled'
"""
TO_JOB = """
    SELECT j.webhook, s.secret, CASE WHEN s.old_until > NOW_US() THEN s.old_secret END
    FROM job j LEFT JOIN webhook_secret s
      ON s.workspace_id = j.workspace_id AND s.ledger = j.ledger
    WHERE j.id = :job_id AND j.webhook IS NOT NULL
"""

OURS = "WHERE id = :delivery_id AND state = 'pending' AND tries = CAST(:tries AS BIGINT)"
ATTEMPT = Statement(
    """
    INSERT INTO webhook_attempt (delivery_id, number, at, duration_ms, status, error)
    VALUES (:delivery_id, :tries, NOW_US() - CAST(:duration_ms AS BIGINT) * 1000, :duration_ms,
            :status, :error)
    """
)

DELIVERED = Write(
    "delivered",
    (
        Statement(
            f"UPDATE webhook_delivery SET state = 'delivered' {OURS} RETURNING id",
            refusal="not_ours",
        ),
        ATTEMPT,
        Statement(
            """
            UPDATE webhook SET failing_since = NULL
            WHERE id = :webhook_id AND failing_since IS NOT NULL
            """
        ),
    ),
    locks="workspace_id",
)

NOT_DELIVERED = Write(
    "not_delivered",
    (
        Statement(
            f"""
            UPDATE webhook_delivery
            SET step = step + 1, due_at = NOW_US() + CAST(:wait_us AS BIGINT),
                state = CASE WHEN :gone = 1 OR since <= NOW_US() - {PATIENCE_US}
                        THEN 'given_up' ELSE 'pending' END
            {OURS} RETURNING id
            """,
            refusal="not_ours",
        ),
        ATTEMPT,
        Statement(
            """
            UPDATE webhook SET failing_since = COALESCE(failing_since, NOW_US())
            WHERE id = :webhook_id
            """
        ),
    ),
    locks="workspace_id",
)

GIVEN_UP = Write(
    "given_up",
    (Statement(f"UPDATE webhook_delivery SET state = 'given_up' {OURS}"),),
    locks="workspace_id",
)
"""For a delivery whose receiver is no longer to be told."""

SWITCH_OFF = Write(
    "switch_off_webhook",
    (
        Statement(
            f"""
            UPDATE webhook SET state = :state
            WHERE id = :webhook_id AND state = 'enabled'
              AND (:state = 'gone' OR failing_since <= NOW_US() - {PATIENCE_US})
            RETURNING id
            """,
            refusal="stays",
        ),
        GIVE_UP_ALL,
    ),
    locks="workspace_id",
)
"""At once for a receiver that says it is gone, else after it failed for long enough."""

OVER = f"""
    SELECT id FROM webhook_delivery WHERE created_at < NOW_US() - {KEPT_US} AND state <> 'pending'
    ORDER BY created_at, id LIMIT 500
"""
SWEEP = Write(
    "sweep_deliveries",
    (
        Statement(f"DELETE FROM webhook_attempt WHERE delivery_id IN ({OVER})"),
        Statement(f"DELETE FROM webhook_delivery WHERE id IN ({OVER})"),
    ),
)
ANY_OVER = f"{OVER.replace('LIMIT 500', 'LIMIT 1')}"
