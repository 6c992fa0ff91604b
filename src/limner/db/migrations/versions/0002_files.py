"""Files that callers uploaded or chose to keep, how much each workspace has, and names of uploads.

`storage` counts what is alive in `file`; both change in one transaction, so that a quota is exact
however many uploads end at once. A workspace gets its row with its first file.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = [
    """
    CREATE TABLE storage (
        workspace_id TEXT PRIMARY KEY REFERENCES workspace (id),
        files BIGINT NOT NULL CHECK (files >= 0),
        bytes BIGINT NOT NULL CHECK (bytes >= 0)
    )""",
    """
    CREATE TABLE file (
        id TEXT PRIMARY KEY,
        workspace_id TEXT NOT NULL REFERENCES workspace (id),
        blob TEXT NOT NULL UNIQUE,
        purpose TEXT NOT NULL,
        filename TEXT NOT NULL,
        bytes BIGINT NOT NULL CHECK (bytes > 0),
        sha256 TEXT NOT NULL,
        content_type TEXT NOT NULL,
        artifact_id TEXT,
        created_at BIGINT NOT NULL,
        deleted_at BIGINT
    )""",
    "CREATE INDEX file_workspace ON file (workspace_id, created_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX file_deleted ON file (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX file_artifact ON file (artifact_id) WHERE artifact_id IS NOT NULL",
    """
    CREATE TABLE upload (
        workspace_id TEXT NOT NULL REFERENCES workspace (id),
        key TEXT NOT NULL,
        file_id TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('uploading', 'stored')),
        until BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, key)
    )""",
    "CREATE INDEX upload_until ON upload (until)",
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
