"""Jobs that ended at a chosen moment, written as rows, because real ones end when they end."""

from tests.jobs.orders import run

from limner.db.base import Database, Value
from limner.ids import new_id

DAY_US = 86_400_000_000


async def ended(database: Database, at_us: int, **changes: Value) -> str:
    """The id of a job that completed at a moment."""
    row: dict[str, Value] = {
        "id": new_id("imgjob"),
        "workspace_id": "ws_1",
        "key_id": "key_1",
        "ledger": "live",
        "request_id": new_id("req"),
        "model": "sketch-1",
        "state": "completed",
        "charged": 0,
        "pictures": 1,
        "created_at": at_us - 3_000_000,
        "ended_at": at_us,
        **changes,
    }
    await run(
        database,
        """
        INSERT INTO job (id, workspace_id, key_id, ledger, request_id, task, modality, model, n,
                         params, quote, state, charged, pictures, owner, lease, lease_until, try_no,
                         provider, repeatable, created_at, deadline_at, ended_at)
        VALUES (:id, :workspace_id, :key_id, :ledger, :request_id, 'generate', 'image', :model, 1,
                '{}', '{}', :state, :charged, :pictures, 'o', 1, 1, 1, 'p', 0, :created_at, 1,
                :ended_at)
        """,
        row,
    )
    return str(row["id"])
