"""Who is told of what happens: webhooks, what each is to be told, and every attempt to tell it.

A row of `webhook_delivery` is one event for one receiver, written in the transaction that made the
event true. `data` is what an event without a job says; a job is read when it is told. Pending ones
are claimed by moving `due_at` on, and `tries` fences out whoever comes late. Addresses and secrets
are sealed. `webhook_low` are workspaces that were told that their credits run out.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = [
    """
    CREATE TABLE webhook (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL REFERENCES workspace (id),
        ledger TEXT NOT NULL CHECK (ledger IN ('live', 'test')),
        address TEXT NOT NULL,
        events TEXT NOT NULL,
        secret TEXT NOT NULL,
        old_secret TEXT,
        old_until BIGINT,
        state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled', 'gone', 'failing')),
        failing_since BIGINT,
        created_at BIGINT NOT NULL
    )""",
    "CREATE INDEX webhook_workspace ON webhook (workspace_id, ledger)",
    """
    CREATE TABLE webhook_secret (
        workspace_id TEXT NOT NULL REFERENCES workspace (id),
        ledger TEXT NOT NULL,
        secret TEXT NOT NULL,
        old_secret TEXT,
        old_until BIGINT,
        PRIMARY KEY (workspace_id, ledger)
    )""",
    """
    CREATE TABLE webhook_delivery (
        id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL,
        type TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        ledger TEXT NOT NULL,
        webhook_id TEXT,
        job_id TEXT,
        target TEXT NOT NULL,
        data TEXT,
        state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
        tries BIGINT NOT NULL,
        step BIGINT NOT NULL,
        since BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        CHECK (webhook_id IS NOT NULL OR job_id IS NOT NULL)
    )""",
    "CREATE INDEX webhook_due ON webhook_delivery (target, due_at) WHERE state = 'pending'",
    "CREATE INDEX webhook_history ON webhook_delivery (workspace_id, ledger, id)",
    "CREATE INDEX webhook_history_of_one ON webhook_delivery (webhook_id, id)",
    "CREATE INDEX webhook_age ON webhook_delivery (created_at)",
    """
    CREATE TABLE webhook_attempt (
        delivery_id TEXT NOT NULL,
        number BIGINT NOT NULL,
        at BIGINT NOT NULL,
        duration_ms BIGINT NOT NULL,
        status BIGINT,
        error TEXT,
        PRIMARY KEY (delivery_id, number)
    )""",
    """
    CREATE TABLE webhook_low (
        workspace_id TEXT PRIMARY KEY,
        at BIGINT NOT NULL
    )""",
]


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TABLES:
        op.execute(strict(statement) if sqlite else statement)


def strict(statement: str) -> str:
    """As SQLite understands it, with types that are kept."""
    if "CREATE TABLE" not in statement:
        return statement
    return statement.replace("BIGINT", "INTEGER") + " STRICT"
