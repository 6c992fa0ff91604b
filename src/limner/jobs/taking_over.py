"""Taking over: a job whose owner died is whoever's writes that first, under the next lease number.

Where a provider works on it by itself and gave a task's reference, the work goes on: hold and lease
are renewed, and its new owner asks for the task. Otherwise nobody can ask, and the job is failed.
"""

from dataclasses import dataclass, replace
from typing import Protocol, cast

import msgspec

from limner.db.base import Database, Row, Value
from limner.jobs import store
from limner.jobs.job import Ticket
from limner.jobs.jobs import Jobs
from limner.jobs.rows import HOLD_BEYOND_DEADLINE_S
from limner.ledger.wallet import LedgerName, Split


class GoingOn(Protocol):
    """Whoever goes on with work that a provider does by itself."""

    @property
    def draining(self) -> bool:
        """Whether this process is about to stop, and leaves such work to others."""
        ...

    def resume(self, ticket: Ticket) -> None:
        """Go on with a job that is ours from now on, and return at once."""
        ...


@dataclass(frozen=True, slots=True)
class Stale:
    """A job whose owner renews its lease no longer; the ticket is that owner's."""

    ticket: Ticket
    hold_end: str
    tries: int
    has_task: bool
    left_s: float
    """Until its deadline, by the database's clock."""


def stale_of(row: Row) -> Stale:
    """A row of `store.STALE`."""
    job_id, workspace_id, ledger, lease, plan, topup, *state, quote, task, model = cast(
        tuple[str, str, LedgerName, int, int, int, str, int, int, int, str, str, str], row
    )
    hold_end, tries, has_task, left_us = cast(tuple[str, int, int, int], tuple(state))
    held, price = Split(plan, topup), quoted(quote)
    return Stale(
        Ticket(
            job_id,
            workspace_id,
            ledger,
            lease,
            held,
            price.at_list,
            task,
            model,
            price.left_open,
        ),
        hold_end,
        tries,
        has_task == 1,
        left_us / 1_000_000,
    )


class Quoted(msgspec.Struct, frozen=True):
    """What a take-over has to know of a job's price, and of orders before its last."""

    at_list: int | None = None
    left_open: int = 0


def quoted(quote: str) -> Quoted:
    """As far as it was written; before markups there was no list price to write."""
    try:
        return msgspec.json.decode(quote, type=Quoted)
    except msgspec.MsgspecError:
        return Quoted()


async def claimed(stale: Stale, database: Database, jobs: Jobs) -> Ticket | None:
    """The job as ours, to be closed; None when somebody was quicker."""
    written = await database.write(store.CLAIM, params(stale.ticket, jobs))
    return None if written.refusal else ours(stale.ticket)


async def claimed_to_go_on(stale: Stale, database: Database, jobs: Jobs) -> Ticket | None:
    """The job as ours and its hold renewed, to go on with; None when that cannot be."""
    written = await database.write(store.CLAIM_TASK, params(stale.ticket, jobs))
    return None if written.refusal else ours(stale.ticket)


def ours(ticket: Ticket) -> Ticket:
    return replace(ticket, lease=ticket.lease + 1)


def params(ticket: Ticket, jobs: Jobs) -> dict[str, Value]:
    return {
        "job_id": ticket.job_id,
        "workspace_id": ticket.workspace_id,
        "lease": ticket.lease,
        "owner": jobs.owner,
        "lease_us": jobs.lease_us,
        "hold_us": HOLD_BEYOND_DEADLINE_S * 1_000_000,
    }
