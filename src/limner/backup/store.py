"""SQL of backup and restore: whole tables, row by row, in the words both databases have."""

from collections.abc import Sequence

from limner.db.base import Statement, Write

TABLES = (
    "meta",
    "workspace",
    "api_key",
    "wallet",
    "price",
    "job",
    "hold",
    "posting",
    "blob",
    "artifact",
    "provider",
    "storage",
    "file",
    "upload",
    "idempotency",
    "collected",
    "passage",
    "budget",
    "webhook",
    "webhook_secret",
    "webhook_delivery",
    "webhook_attempt",
    "webhook_low",
)
"""Every table there is, those first that others refer to."""

COLUMNS = {
    "sqlite": """
        SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' ORDER BY m.name, c.cid
    """,
    "postgresql": """
        SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
        WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position
    """,
}

VERSION = "SELECT version_num FROM alembic_version"
MOMENT = "SELECT NOW_US()"
FINGERPRINT = "SELECT value FROM meta WHERE name = 'secret'"

PICTURES = """
    SELECT {name}, MIN(bytes), MIN(sha256) FROM artifact
    WHERE deleted_at IS NULL AND expires_at > {moment} GROUP BY 1 ORDER BY 1
"""
WITH_ORIGINALS = """
    SELECT name, MIN(bytes), MIN(sha256) FROM (
        SELECT {name} AS name, bytes, sha256 FROM artifact
        WHERE deleted_at IS NULL AND expires_at > {moment}
        UNION ALL
        SELECT original_as, original_bytes, original_sha256 FROM artifact
        WHERE deleted_at IS NULL AND expires_at > {moment} AND original_as IS NOT NULL
    ) one GROUP BY 1 ORDER BY 1
"""
FILES = """
    SELECT {name}, MIN(bytes), MIN(sha256) FROM file WHERE deleted_at IS NULL GROUP BY 1 ORDER BY 1
"""
"""What a snapshot is asked has no parameters, and no clock but the moment it is of."""

SHARED = "SELECT 1 FROM blob WHERE name = :blob"
PICTURE_STAYS = "SELECT 1 FROM artifact WHERE id = :blob AND deleted_at IS NULL"
FILE_STAYS = "SELECT 1 FROM file WHERE blob = :blob AND deleted_at IS NULL"

ROWS_OF = """
    SELECT id, workspace_id, COALESCE(stored_as, {own}), {also} FROM {table}
    WHERE deleted_at IS NULL AND id > :after ORDER BY id LIMIT 20000
"""
PICTURE_ROWS = ROWS_OF.format(own="id", also="original_as", table="artifact")
FILE_ROWS = ROWS_OF.format(own="blob", also="NULL", table="file")

HUSH = Write(
    "hush",
    (
        Statement("UPDATE webhook SET state = 'disabled' WHERE state = 'enabled'"),
        Statement("UPDATE webhook_delivery SET state = 'given_up' WHERE state = 'pending'"),
    ),
)
"""A copy beside the original tells nobody what the original tells."""


def count(table: str) -> str:
    return f"SELECT COUNT(*) FROM {table}"


def any_row(table: str) -> str:
    return f"SELECT 1 FROM {table} LIMIT 1"


def everything(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(map(quoted, columns))} FROM {table}"


def insertion(table: str, columns: Sequence[str]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(map(quoted, columns))}) VALUES ({places})"


def quoted(name: str) -> str:
    return f'"{name}"'
