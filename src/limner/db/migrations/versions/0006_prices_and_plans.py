"""Which price a job was accepted at, and what a workspace's plan gives it.

`price` keeps every version of a price a job was ever accepted at, as JSON: what the catalog said,
credits per US dollar and markup. A version's name is made of its content, so it is never another.
`resumption` is what another process needs, besides `task_ref`, to go on with a job that its
provider works on by itself; it holds nothing a person wrote in the open. A workspace's plan renews
at `plan_renews_at`, unix microseconds. `provider.options` is JSON of what one kind of provider
alone knows, never a secret.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

COLUMNS = [
    ("workspace", "plan", "TEXT"),
    ("workspace", "plan_renews_at", "BIGINT"),
    ("job", "price_version", "TEXT"),
    ("job", "resumption", "TEXT"),
    ("provider", "options", "TEXT NOT NULL DEFAULT '{}'"),
]

TABLES = [
    """
    CREATE TABLE price (
        version TEXT PRIMARY KEY,
        model TEXT NOT NULL,
        content TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
    "CREATE INDEX posting_corrects ON posting (corrects) WHERE corrects IS NOT NULL",
    "CREATE INDEX posting_loss ON posting (ledger, at) WHERE kind = 'loss'",
    "CREATE INDEX workspace_renewal ON workspace (plan_renews_at) WHERE plan_renews_at IS NOT NULL",
]

RULES = [("price_kept", "UPDATE"), ("price_stays", "DELETE")]
MESSAGE = "a version of a price never changes"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name, kind in COLUMNS:
        typed = kind.replace("BIGINT", "INTEGER") if sqlite else kind
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {typed}")
    for statement in TABLES:
        op.execute(strict(statement) if sqlite else statement)
    for name, event in RULES:
        for statement in (sqlite_rule if sqlite else postgres_rule)(name, event):
            op.execute(statement)


def strict(statement: str) -> str:
    """As SQLite understands it, with types that are kept."""
    if "CREATE TABLE" not in statement:
        return statement
    return statement.replace("BIGINT", "INTEGER") + " STRICT"


def sqlite_rule(name: str, event: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON price BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    ]


def postgres_rule(name: str, event: str) -> list[str]:
    """Emptying a table fires no row's trigger, so that is forbidden too."""
    statements = [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON price FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
    if event == "DELETE":
        statements.append(
            f"CREATE TRIGGER {name}_all BEFORE TRUNCATE ON price EXECUTE FUNCTION {name}()"
        )
    return statements
