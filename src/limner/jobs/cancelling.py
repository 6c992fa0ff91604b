"""Cancelling: a job whose provider bills nothing for it can be ended by whoever asked for it.

Any process may do that, because the database decides: whoever writes a job's end first has ended
it. The work itself stops at once where this process does it, and otherwise when the one that does
it renews its lease and finds that there is none any more.
"""

from dataclasses import dataclass
from typing import cast

from limner.db.base import Database
from limner.errors import JobCancelled
from limner.jobs import store
from limner.jobs.job import Job
from limner.jobs.jobs import Jobs
from limner.jobs.rows import ticket_of, ticket_params
from limner.webhooks.outbox import event_params


async def cancel(job: Job, message: str, *, database: Database, jobs: Jobs) -> None:
    """End a job and free its hold in one commit; one that is billed or has ended stays as it is.

    Raises DatabaseAway, after which it may or may not have happened, and may be asked again.
    """
    own = {"job_id": job.id, "workspace_id": job.workspace_id, "ledger": job.ledger}
    while rows := await database.fetch(store.CANCELLABLE, own):
        params = ticket_params(ticket_of(job, rows[0])) | {
            **event_params("job.failed"),
            "error_code": JobCancelled.code,
            "error_message": message,
            "hold_end": "released",
        }
        written = await database.write(store.CANCEL, params)
        if written.refusal == "hold_ended":
            written = await database.write(store.CANCEL_UNHELD, params)
        if written.refusal is None:
            jobs.underway.stop(job.id)
            return


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A task that a provider works on by itself, whoever has lost interest in it."""

    provider: str
    task: str


async def left_behind(job_id: str, database: Database) -> LeftBehind | None:
    """What a provider has of a job. Raises DatabaseAway."""
    rows = await database.fetch(store.LEFT_BEHIND, {"job_id": job_id})
    return LeftBehind(*cast(tuple[str, str], rows[0])) if rows else None
