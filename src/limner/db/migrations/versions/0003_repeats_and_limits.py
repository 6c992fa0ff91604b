"""What a key and a workspace may do, which request a job answers, and when its parts were done.

`limits` and `options` are JSON that `accounts/` reads; `{}` leaves all to the server's settings.
A job knows the request it was made for (`body_digest`), since when that waits no more (`left_at`)
and, sealed, what it was answered: a repeat is answered by the same job. `idempotency` are the keys
that callers gave their requests, each with a job or, sealed, an answer; `collected` are jobs that
were left, ended and then answered.
`passage` counts what went through in the last minute. Its sums never fall, so that the window is
the difference of two rows. `budget` is what a key or workspace may spend in a month.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = [
    ("workspace", "options", "TEXT NOT NULL DEFAULT '{}'"),
    ("api_key", "limits", "TEXT NOT NULL DEFAULT '{}'"),
    ("job", "started_at", "BIGINT"),
    ("job", "drawn_at", "BIGINT"),
    ("job", "pictures", "BIGINT NOT NULL DEFAULT 0"),
    ("job", "provider_request_id", "TEXT"),
    ("job", "prompt", "TEXT"),
    ("job", "webhook", "TEXT"),
    ("job", "body_digest", "TEXT"),
    ("job", "left_at", "BIGINT"),
    ("job", "answer", "TEXT"),
    ("artifact", "duration_ms", "BIGINT"),
]

TABLES = [
    "CREATE INDEX job_key_running ON job (key_id) WHERE state = 'processing'",
    """
    CREATE TABLE idempotency (
        workspace_id TEXT NOT NULL,
        ledger TEXT NOT NULL,
        route TEXT NOT NULL,
        key TEXT NOT NULL,
        body_digest TEXT NOT NULL,
        job_id TEXT,
        answer TEXT,
        at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, ledger, route, key)
    )""",
    "CREATE INDEX idempotency_at ON idempotency (at)",
    "CREATE INDEX job_left ON job (key_id, body_digest) WHERE left_at IS NOT NULL",
    """
    CREATE TABLE collected (
        job_id TEXT PRIMARY KEY,
        at BIGINT NOT NULL
    )""",
    """
    CREATE TABLE passage (
        scope TEXT NOT NULL,
        seq BIGINT NOT NULL,
        at BIGINT NOT NULL,
        images BIGINT NOT NULL,
        pixels BIGINT NOT NULL,
        PRIMARY KEY (scope, seq)
    )""",
    "CREATE INDEX passage_at ON passage (scope, at)",
    """
    CREATE TABLE budget (
        scope TEXT PRIMARY KEY,
        most BIGINT NOT NULL CHECK (most >= 0),
        period TEXT NOT NULL,
        charged BIGINT NOT NULL DEFAULT 0 CHECK (charged >= 0),
        held BIGINT NOT NULL DEFAULT 0 CHECK (held >= 0),
        told BIGINT NOT NULL DEFAULT 0
    )""",
]


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name, kind in COLUMNS:
        typed = kind.replace("BIGINT", "INTEGER") if sqlite else kind
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {typed}")
    for statement in TABLES:
        op.execute(strict(statement) if sqlite else statement)


def strict(statement: str) -> str:
    """As SQLite understands it, with types that are kept."""
    if "CREATE TABLE" not in statement:
        return statement
    return statement.replace("BIGINT", "INTEGER") + " STRICT"
