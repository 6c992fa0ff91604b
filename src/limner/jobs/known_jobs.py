"""What is known of jobs: one by its id, what its answer takes to be told again, and lists."""

from typing import NamedTuple, cast

from limner.db.base import Database, Value
from limner.errors import InvalidParams, JobCancelled, NotFound
from limner.jobs import cache_store, store
from limner.jobs.job import Job, TaskAtWork, Ticket, job_of, task_of
from limner.jobs.listing import Page, Wanted, page_params
from limner.ledger.wallet import LedgerName


class Retold(NamedTuple):
    """What the row of a job says of its answer."""

    n: int
    params: str
    cost: str | None
    outcome: str | None
    answer: str | None


class KnownJobs:
    """Jobs as they stand in the database, whichever process works on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def job(self, workspace_id: str, ledger: LedgerName, job_id: str) -> Job:
        """Raises NotFound alike for an unknown id and for another workspace's job."""
        rows = await self._database.fetch(
            store.JOB, {"job_id": job_id, "workspace_id": workspace_id, "ledger": ledger}
        )
        if not rows:
            raise NotFound(f"there is no job {job_id!r}")
        return job_of(rows[0])

    async def was_cancelled(self, ticket: Ticket) -> bool:
        job = await self.job(ticket.workspace_id, ticket.ledger, ticket.job_id)
        return job.error_code == JobCancelled.code

    async def same_before(
        self, workspace_id: str, ledger: LedgerName, model: str, digest: str
    ) -> list[Job]:
        """The newest completed jobs of the very same request, by its digest for the cache."""
        named: dict[str, Value] = {
            "workspace_id": workspace_id,
            "ledger": ledger,
            "model": model,
            "cache_digest": digest,
        }
        return [job_of(row) for row in await self._database.fetch(cache_store.SAME, named)]

    async def retold(self, job: Job) -> Retold:
        """What it takes to tell a job's answer once more."""
        rows = await self._database.fetch(store.RETOLD, {"job_id": job.id})
        return Retold(*cast(tuple[int, str, str | None, str | None, str | None], rows[0]))

    async def page(self, wanted: Wanted) -> Page:
        """Jobs, newest first. Raises InvalidParams for a cursor that is no job of the wallet's."""
        until, below = wanted.before_us, ""
        if wanted.after is not None:
            try:
                last = await self.job(wanted.workspace_id, wanted.ledger, wanted.after)
            except NotFound:
                raise InvalidParams("after must be the id of a job", param="after") from None
            until, below = min((until, below), (last.created_at, last.id))
        rows = await self._database.fetch(store.PAGE, page_params(wanted, until, below))
        return Page([job_of(row) for row in rows[: wanted.most]], len(rows) > wanted.most)

    async def task_at_work(self, ticket: Ticket) -> TaskAtWork:
        """What a job that was taken over is about."""
        (row,) = await self._database.fetch(store.TASK, {"job_id": ticket.job_id})
        return task_of(row)
