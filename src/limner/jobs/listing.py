"""Which jobs somebody wants to see; a page of them, newest first."""

from dataclasses import dataclass

from limner.db.base import Value
from limner.jobs.job import Job
from limner.ledger.wallet import LedgerName

END_OF_TIME = 2**62
"""Microseconds; no clock ever shows them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`None` is any. Times are unix microseconds, from `since_us` on and before `before_us`."""

    workspace_id: str
    ledger: LedgerName
    most: int
    key_id: str | None = None
    state: str | None = None
    model: str | None = None
    since_us: int = 0
    before_us: int = END_OF_TIME
    after: str | None = None
    """The last job of the page before."""


@dataclass(frozen=True, slots=True)
class Page:
    jobs: list[Job]
    has_more: bool


def page_params(wanted: Wanted, until: int, below: str) -> dict[str, Value]:
    """One row more than wanted tells whether there are more."""
    return {
        "workspace_id": wanted.workspace_id,
        "ledger": wanted.ledger,
        "key_id": wanted.key_id,
        "state": wanted.state,
        "model": wanted.model,
        "since": wanted.since_us,
        "until": until,
        "below": below,
        "most": wanted.most + 1,
    }
