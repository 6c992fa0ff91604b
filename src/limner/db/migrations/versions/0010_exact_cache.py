"""Which jobs asked for the very same picture, keyed so that nobody can try prompts against it."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("ALTER TABLE job ADD COLUMN cache_digest TEXT")
    op.execute(
        "CREATE INDEX job_cache ON job (workspace_id, cache_digest) WHERE cache_digest IS NOT NULL"
    )
