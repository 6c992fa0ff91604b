"""The signed picture that another was made from: that other cannot carry its credentials."""

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = {
    "original_as": "TEXT",
    "original_bytes": "BIGINT",
    "original_sha256": "TEXT",
    "original_type": "TEXT",
}


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, kind in COLUMNS.items():
        kept = kind.replace("BIGINT", "INTEGER") if sqlite else kind
        op.execute(f"ALTER TABLE artifact ADD COLUMN {name} {kept}")
