"""Admit, finish and fail: the moves of a job, each one transaction with its money."""

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict
from typing import cast

import structlog

from limner import money
from limner.clock import wall
from limner.db.base import Database, DatabaseAway, Params, Value, Write, Written
from limner.errors import InsufficientCredits, NotFound
from limner.files.artifacts import Artifact, row_params
from limner.ids import new_id
from limner.jobs import store
from limner.jobs.job import Admission, Job, State, Ticket
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import LedgerName, Split, account, split_for

log = structlog.get_logger()

HOLD_BEYOND_DEADLINE_S = 120
PREFIXES = {"image": "imgjob", "upscale": "imgjob", "music": "musjob"}


class NotOurs(Exception):
    """Another process took the job over, or it had ended: what this one did does not count."""


class Jobs:
    """The jobs of one process, which owns what it runs for as long as its leases last."""

    def __init__(self, database: Database, ledger: Ledger, lease_s: float) -> None:
        self._database = database
        self._ledger = ledger
        self.lease_us = int(lease_s * 1_000_000)
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id('run')}"

    async def admit(self, admission: Admission) -> Ticket:
        """Accept a request: job, hold and first try in one commit.

        Raises InsufficientCredits with needed and available, DatabaseAway.
        """
        job_id = new_id(PREFIXES[admission.modality])
        params = admit_params(admission, job_id, self.owner, self.lease_us)
        while True:
            wallet = await self._ledger.wallet(admission.workspace_id, admission.ledger)
            split = split_for(wallet.free, admission.held)
            if split is None:
                raise InsufficientCredits(
                    f"this request needs {money.shown(admission.held)} credits and "
                    f"{money.shown(wallet.free.total)} are available; nothing was charged. "
                    "Ask for less, or have credits added (`limner credits add`)"
                )
            written = await self._database.write(store.ADMIT, params | split._asdict())
            if written.refusal is None:
                return Ticket(
                    job_id, admission.workspace_id, admission.ledger, lease=1, held=split
                )

    async def finish(
        self,
        ticket: Ticket,
        artifacts: Sequence[Artifact],
        *,
        charged: int,
        cost: str,
        sealed: str | None,
        retention_s: float,
    ) -> None:
        """Settle, record the pictures and complete the job in one commit.

        Keeps trying while the database is away. Raises NotOurs when the job is no longer ours.
        """
        spent = ticket.held.upto(charged)
        rows: list[dict[str, Value]] = [row_params(artifact) for artifact in artifacts]
        params = ticket_params(ticket) | {
            "charged": charged,
            "cost": cost,
            "sealed": sealed,
            "plan_charged": spent.plan,
            "topup_charged": spent.topup,
            "postings": postings(ticket, spent),
            "artifacts": rows,
            "retention_us": int(retention_s * 1_000_000),
        }
        written = await self._persistently(store.FINISH, params)
        if written.refusal and not await self._was_finished(ticket, charged):
            raise NotOurs(f"{ticket.job_id}: {written.refusal}")

    async def _was_finished(self, ticket: Ticket, charged: int) -> bool:
        """Whether an earlier try to finish had committed although its answer was lost."""
        job = await self.job(ticket.workspace_id, ticket.ledger, ticket.job_id)
        return job.state == "completed" and job.charged == charged

    async def fail(
        self,
        ticket: Ticket,
        *,
        code: str,
        message: str,
        outcome: str,
        hold_end: str = "released",
    ) -> bool:
        """End a job without charge and free its hold; False when it had ended already."""
        params = ticket_params(ticket) | {
            "error_code": code,
            "error_message": message,
            "outcome": outcome,
            "hold_end": hold_end,
        }
        written = await self._persistently(store.FAIL, params)
        if written.refusal == "hold_ended":
            written = await self._persistently(store.FAIL_UNHELD, params)
        return written.refusal is None

    async def next_try(self, ticket: Ticket, provider: str) -> None:
        """Record that one more try begins, before its first byte is sent. Raises NotOurs."""
        params = ticket_params(ticket) | {"provider": provider}
        if (await self._database.write(store.NEXT_TRY, params)).refusal:
            raise NotOurs(ticket.job_id)

    async def progress(self, ticket: Ticket, percent: int) -> None:
        await self._database.write(
            store.PROGRESS, ticket_params(ticket) | {"progress": min(percent, 99)}
        )

    async def job(self, workspace_id: str, ledger: LedgerName, job_id: str) -> Job:
        """Raises NotFound alike for an unknown id and for another workspace's job."""
        rows = await self._database.fetch(
            store.JOB, {"job_id": job_id, "workspace_id": workspace_id, "ledger": ledger}
        )
        if not rows:
            raise NotFound(f"there is no job {job_id!r}")
        return Job(
            *cast(
                tuple[
                    str, str, str, str, str, State, int, int,
                    str | None, str | None, str | None, int, int | None,
                ],
                rows[0],
            )
        )  # fmt: skip

    async def _persistently(self, write: Write, params: Params) -> Written:
        """Write even if the database has to come back first; a repeat of what happened is refused.

        The job stays `processing` meanwhile. Its lease bounds the wait: after that, somebody else
        closes the job.
        """
        pause, give_up = 0.2, wall() + 4 * self.lease_us / 1_000_000
        while True:
            try:
                return await self._database.write(write, params)
            except DatabaseAway:
                if wall() > give_up:
                    raise
                log.warning("database_away", write=write.name, job_id=params.get("job_id"))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)


def admit_params(
    admission: Admission, job_id: str, owner: str, lease_us: int
) -> dict[str, Value]:
    values: dict[str, Value] = asdict(admission) | {
        "job_id": job_id,
        "owner": owner,
        "repeatable": int(admission.repeatable),
        "lease_us": lease_us,
        "deadline_us": int(admission.deadline_s * 1_000_000),
        "hold_us": int((admission.deadline_s + HOLD_BEYOND_DEADLINE_S) * 1_000_000),
    }
    del values["deadline_s"], values["held"]
    return values


def ticket_params(ticket: Ticket) -> dict[str, Value | Sequence[dict[str, Value]]]:
    return {
        "job_id": ticket.job_id,
        "workspace_id": ticket.workspace_id,
        "ledger": ticket.ledger,
        "lease": ticket.lease,
        "plan": ticket.held.plan,
        "topup": ticket.held.topup,
    }


def postings(ticket: Ticket, spent: Split) -> list[dict[str, Value]]:
    """The lines that move a charge from the workspace's sources to revenue."""
    return [
        {
            "operation": f"settle/{ticket.job_id}/{source}",
            "kind": "settle",
            "debit": account(ticket.workspace_id, source),
            "credit": "revenue",
            "amount": amount,
            "corrects": None,
            "note": None,
        }
        for source, amount in (("plan", spent.plan), ("topup", spent.topup))
        if amount
    ]
