"""What reports add up, and the indexes they read.

`job_usage` has all that is added up, so that a report reads the index alone; a job enters it once,
when it has ended and never changes again. `job_request` finds the job that a request became.
Tokens are those that a provider metered, where it did.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

COLUMNS = ("tokens_in", "tokens_out")
INDEXES = (
    """
    CREATE INDEX job_usage ON job (workspace_id, ledger, ended_at, model, key_id, charged, pictures,
                                   state)
    WHERE ended_at IS NOT NULL""",
    "CREATE INDEX job_request ON job (workspace_id, request_id)",
)


def upgrade() -> None:
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for column in COLUMNS:
        op.execute(f"ALTER TABLE job ADD COLUMN {column} {kind}")
    for statement in INDEXES:
        op.execute(statement)
