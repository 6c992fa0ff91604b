"""SQL of webhooks, their secrets and the history of what they were told."""

from limner.db.base import Statement, Write
from limner.webhooks.outbox import INTO, OF_WEBHOOK, PING, TIMES

MOST_WEBHOOKS = 10
"""Of a workspace, for live and for test work."""
ROTATION_US = 24 * 3600 * 1_000_000
"""How long the old secret signs beside the new one."""

COLUMNS = """
    SELECT id, workspace_id, ledger, address, events, state, failing_since,
           CASE WHEN old_until > NOW_US() THEN old_until END, created_at
    FROM webhook
"""
OWN = "workspace_id = CAST(:workspace_id AS TEXT) AND ledger = CAST(:ledger AS TEXT)"
WEBHOOKS = f"{COLUMNS} WHERE {OWN} ORDER BY id"
WEBHOOK = f"{COLUMNS} WHERE id = :webhook_id AND {OWN}"

NEW_WEBHOOK = Write(
    "new_webhook",
    (
        Statement(
            f"""
            INSERT INTO webhook (id, workspace_id, ledger, address, events, secret, state,
                                 created_at)
            SELECT :webhook_id, CAST(:workspace_id AS TEXT), CAST(:ledger AS TEXT), :address,
                   :events, :secret, 'enabled', NOW_US()
            WHERE (SELECT COUNT(*) FROM webhook WHERE {OWN}) < {MOST_WEBHOOKS}
            RETURNING id
            """,
            refusal="full",
        ),
    ),
    locks="workspace_id",
)

GIVE_UP_ALL = Statement(
    """
    UPDATE webhook_delivery SET state = 'given_up'
    WHERE webhook_id = :webhook_id AND state = 'pending' AND :state <> 'enabled'
    """
)
"""Whoever is not to be told any more is not told of what waits either."""

CHANGE = Write(
    "change_webhook",
    (
        Statement(
            f"""
            UPDATE webhook SET address = :address, events = :events, state = :state,
                               failing_since = CASE WHEN state = 'enabled' THEN failing_since END
            WHERE id = :webhook_id AND {OWN} RETURNING id
            """,
            refusal="gone",
        ),
        GIVE_UP_ALL,
    ),
    locks="workspace_id",
)

REMOVE = Write(
    "remove_webhook",
    (
        Statement(
            """
            DELETE FROM webhook_attempt WHERE delivery_id IN
            (SELECT id FROM webhook_delivery WHERE webhook_id = :webhook_id)
            """
        ),
        Statement("DELETE FROM webhook_delivery WHERE webhook_id = :webhook_id"),
        Statement("DELETE FROM webhook WHERE id = :webhook_id"),
    ),
    locks="workspace_id",
)

OLD = f"""
    old_secret = {{table}}.secret, old_until = NOW_US() + {ROTATION_US}, secret = {{secret}}
"""
ROTATE = Write(
    "rotate_webhook_secret",
    (
        Statement(
            f"""
            UPDATE webhook SET {OLD.format(table="webhook", secret=":secret")}
            WHERE id = :webhook_id AND {OWN} RETURNING id
            """,
            refusal="gone",
        ),
    ),
    locks="workspace_id",
)
NEW_SECRET = Write(
    "new_webhook_secret",
    (
        Statement(
            f"""
            INSERT INTO webhook_secret (workspace_id, ledger, secret)
            VALUES (:workspace_id, :ledger, :secret)
            ON CONFLICT (workspace_id, ledger) DO UPDATE
            SET {OLD.format(table="webhook_secret", secret="excluded.secret")}
            """
        ),
    ),
    locks="workspace_id",
)

PINGED = Write(
    "ping_webhook",
    (
        Statement(
            f"""
            {INTO}
            SELECT CAST(:delivery_id AS TEXT) || '_{OF_WEBHOOK}', :event_id, '{PING}', workspace_id,
                   ledger, id, NULL, id, :event_data, {TIMES}
            FROM webhook WHERE id = :webhook_id AND {OWN} AND state = 'enabled'
            RETURNING id
            """,
            refusal="off",
        ),
    ),
    locks="workspace_id",
)

HISTORY_COLUMNS = """
    SELECT id, event_id, type, webhook_id, job_id, state, tries, due_at, created_at
    FROM webhook_delivery
"""
PAGED = """
    AND (CAST(:below AS TEXT) IS NULL OR id < CAST(:below AS TEXT))
    AND (CAST(:state AS TEXT) IS NULL OR state = CAST(:state AS TEXT))
    ORDER BY id DESC LIMIT CAST(:most AS BIGINT)
"""
HISTORY = f"""
    {HISTORY_COLUMNS} WHERE {OWN}
    AND (CAST(:job_id AS TEXT) IS NULL OR job_id = CAST(:job_id AS TEXT)) {PAGED}
"""
HISTORY_OF_ONE = f"{HISTORY_COLUMNS} WHERE webhook_id = :webhook_id AND {OWN} {PAGED}"
DELIVERY = f"{HISTORY_COLUMNS} WHERE id = :delivery_id AND {OWN}"

MOST_DELIVERIES = 100
ATTEMPTS = f"""
    SELECT delivery_id, number, at, duration_ms, status, error FROM webhook_attempt
    WHERE delivery_id IN ({", ".join(f":delivery_{number}" for number in range(MOST_DELIVERIES))})
    ORDER BY delivery_id, number
"""

REDELIVER = Write(
    "redeliver",
    (
        Statement(
            f"""
            UPDATE webhook_delivery
            SET state = 'pending', step = 0, since = NOW_US(), due_at = NOW_US()
            WHERE id = :delivery_id AND {OWN} AND state <> 'pending'
              AND (webhook_id IS NULL OR EXISTS (
                   SELECT 1 FROM webhook w
                   WHERE w.id = webhook_delivery.webhook_id AND w.state = 'enabled'))
            RETURNING id
            """,
            refusal="off",
        ),
    ),
    locks="workspace_id",
)
