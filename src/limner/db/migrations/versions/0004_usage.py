"""Indexes for reports: what was used in a time, and which job a request became.

`job_usage` has all that a report adds up, so that it reads the index alone; a job enters it once,
when it has ended and never changes again.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

INDEXES = [
    """
    CREATE INDEX job_usage ON job (workspace_id, ledger, ended_at, model, key_id, charged, pictures,
                                   state)
    WHERE ended_at IS NOT NULL""",
    "CREATE INDEX job_request ON job (workspace_id, request_id)",
]


def upgrade() -> None:
    for statement in INDEXES:
        op.execute(statement)
