"""SQL of the exact cache: earlier jobs of a workspace that asked for the very same picture."""

from limner.jobs.store import COLUMNS

SAME = f"""
    {COLUMNS}
    WHERE j.workspace_id = :workspace_id AND j.cache_digest = :cache_digest
      AND j.ledger = :ledger AND j.model = :model AND j.state = 'completed'
    ORDER BY j.id DESC LIMIT 3
"""
