"""Workspaces, keys, wallets, holds, postings, jobs, artifacts and providers.

All times are unix microseconds of the database's clock, all amounts micro-credits, all flags and
states words. Nothing here holds a prompt, a key or a picture: what people wrote is sealed.
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = [
    """
    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    )""",
    """
    CREATE TABLE workspace (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        created_at BIGINT NOT NULL,
        suspended_at BIGINT
    )""",
    """
    CREATE TABLE api_key (
        id TEXT PRIMARY KEY,
        workspace_id TEXT REFERENCES workspace (id),
        kind TEXT NOT NULL CHECK (kind IN ('live', 'test', 'admin')),
        name TEXT NOT NULL,
        digest TEXT NOT NULL UNIQUE,
        prefix TEXT NOT NULL,
        last_four TEXT NOT NULL,
        allowed_models TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT,
        revoked_at BIGINT,
        last_used_at BIGINT,
        CHECK ((kind = 'admin') = (workspace_id IS NULL))
    )""",
    "CREATE INDEX api_key_workspace ON api_key (workspace_id)",
    """
    CREATE TABLE wallet (
        workspace_id TEXT NOT NULL REFERENCES workspace (id),
        ledger TEXT NOT NULL CHECK (ledger IN ('live', 'test')),
        plan BIGINT NOT NULL DEFAULT 0,
        plan_held BIGINT NOT NULL DEFAULT 0,
        topup BIGINT NOT NULL DEFAULT 0,
        topup_held BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (workspace_id, ledger),
        CHECK (plan_held >= 0 AND plan >= plan_held),
        CHECK (topup_held >= 0 AND topup >= topup_held)
    )""",
    """
    CREATE TABLE hold (
        job_id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        ledger TEXT NOT NULL,
        plan BIGINT NOT NULL CHECK (plan >= 0),
        topup BIGINT NOT NULL CHECK (topup >= 0),
        state TEXT NOT NULL CHECK (state IN ('open', 'settled', 'released', 'expired')),
        plan_charged BIGINT NOT NULL DEFAULT 0 CHECK (plan_charged BETWEEN 0 AND plan),
        topup_charged BIGINT NOT NULL DEFAULT 0 CHECK (topup_charged BETWEEN 0 AND topup),
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        ended_at BIGINT,
        CHECK ((state = 'open') = (ended_at IS NULL)),
        CHECK (state = 'settled' OR plan_charged + topup_charged = 0)
    )""",
    "CREATE INDEX hold_open ON hold (expires_at) WHERE state = 'open'",
    """
    CREATE TABLE posting (
        operation TEXT PRIMARY KEY,
        at BIGINT NOT NULL,
        ledger TEXT NOT NULL CHECK (ledger IN ('live', 'test')),
        kind TEXT NOT NULL,
        debit TEXT NOT NULL,
        credit TEXT NOT NULL,
        amount BIGINT NOT NULL CHECK (amount > 0),
        workspace_id TEXT,
        job_id TEXT,
        corrects TEXT,
        note TEXT,
        CHECK (debit <> credit)
    )""",
    "CREATE INDEX posting_workspace ON posting (workspace_id, at)",
    """
    CREATE TABLE job (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL,
        key_id TEXT NOT NULL,
        ledger TEXT NOT NULL,
        request_id TEXT NOT NULL,
        task TEXT NOT NULL,
        modality TEXT NOT NULL,
        model TEXT NOT NULL,
        n BIGINT NOT NULL,
        params TEXT NOT NULL,
        quote TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('processing', 'completed', 'failed')),
        progress BIGINT NOT NULL DEFAULT 0,
        charged BIGINT NOT NULL DEFAULT 0,
        owner TEXT NOT NULL,
        lease BIGINT NOT NULL,
        lease_until BIGINT NOT NULL,
        try_no BIGINT NOT NULL,
        provider TEXT NOT NULL,
        repeatable BIGINT NOT NULL,
        task_ref TEXT,
        outcome TEXT,
        error_code TEXT,
        error_message TEXT,
        cost TEXT,
        sealed TEXT,
        created_at BIGINT NOT NULL,
        deadline_at BIGINT NOT NULL,
        ended_at BIGINT,
        CHECK ((state = 'processing') = (ended_at IS NULL))
    )""",
    "CREATE INDEX job_running ON job (lease_until) WHERE state = 'processing'",
    "CREATE INDEX job_workspace ON job (workspace_id, created_at)",
    """
    CREATE TABLE artifact (
        id TEXT PRIMARY KEY,
        job_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        bytes BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        content_type TEXT NOT NULL,
        width BIGINT NOT NULL,
        height BIGINT NOT NULL,
        seed BIGINT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        deleted_at BIGINT,
        UNIQUE (job_id, position)
    )""",
    "CREATE INDEX artifact_expiry ON artifact (expires_at) WHERE deleted_at IS NULL",
    """
    CREATE TABLE provider (
        name TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        base_url TEXT NOT NULL,
        api_key_env TEXT NOT NULL,
        sealed_key TEXT,
        serves TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
]

RULES = [
    ("posting_kept", "posting", "UPDATE", None, "postings are never changed"),
    ("posting_stays", "posting", "DELETE", None, "postings are never deleted"),
    ("hold_ends_once", "hold", "UPDATE", "OLD.state <> 'open'", "an ended hold never changes"),
    ("hold_stays", "hold", "DELETE", None, "holds are never deleted"),
    ("job_ends_once", "job", "UPDATE", "OLD.state <> 'processing'", "an ended job never changes"),
    ("job_stays", "job", "DELETE", None, "jobs are never deleted"),
]


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in TABLES:
        op.execute(strict(statement) if sqlite else statement)
    for rule in RULES:
        for statement in (sqlite_rule if sqlite else postgres_rule)(*rule):
            op.execute(statement)


def strict(statement: str) -> str:
    """As SQLite understands it: a sum too large for an integer must not become a float."""
    if "CREATE TABLE" not in statement:
        return statement
    return statement.replace("BIGINT", "INTEGER") + " STRICT"


def sqlite_rule(
    name: str, table: str, event: str, condition: str | None, message: str
) -> list[str]:
    when = f"WHEN {condition}" if condition else ""
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    ]


def postgres_rule(
    name: str, table: str, event: str, condition: str | None, message: str
) -> list[str]:
    when = f"WHEN ({condition})" if condition else ""
    statements = [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
        f"EXECUTE FUNCTION {name}()",
    ]
    if event == "DELETE":  # emptying a table fires no row's trigger
        statements.append(
            f"CREATE TRIGGER {name}_all BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {name}()"
        )
    return statements
