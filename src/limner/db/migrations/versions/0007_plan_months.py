"""When a workspace's plan began, and where its refunds are found.

The months of a plan are counted from `plan_since`: one that began on the 31st renews on the last
day of a shorter month, and on the 31st again after it.
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(f"ALTER TABLE workspace ADD COLUMN plan_since {'INTEGER' if sqlite else 'BIGINT'}")
    op.execute("CREATE INDEX posting_refund ON posting (workspace_id, at) WHERE kind = 'refund'")
