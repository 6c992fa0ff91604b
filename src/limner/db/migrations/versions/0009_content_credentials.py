"""What became of the Content Credentials that a picture came with; of older ones nobody looked."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("ALTER TABLE artifact ADD COLUMN content_credentials TEXT")
