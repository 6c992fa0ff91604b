"""Which bytes a picture or file has, so that equal ones of a workspace are stored once.

`blob` counts who has a blob; its name is that of whoever brought the bytes first, and `stored_as`
of a picture or file is that name. Rows without it were written by the version before this one: they
have their bytes to themselves, under their own name.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

COLUMNS = [("artifact", "stored_as"), ("file", "stored_as")]

BLOB = """
    CREATE TABLE blob (
        name TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL REFERENCES workspace (id),
        space TEXT NOT NULL CHECK (space IN ('pictures', 'files')),
        sha256 TEXT NOT NULL,
        bytes BIGINT NOT NULL,
        refs BIGINT NOT NULL CHECK (refs >= 0),
        UNIQUE (workspace_id, space, sha256)
    )"""


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, name in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} TEXT")
    op.execute(strict(BLOB) if sqlite else BLOB)


def strict(statement: str) -> str:
    """As SQLite understands it, with types that are kept."""
    return statement.replace("BIGINT", "INTEGER") + " STRICT"
