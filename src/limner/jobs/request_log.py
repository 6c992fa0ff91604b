"""The request log: what became of every request that was accepted, and where its time went.

A refused request leaves no job, so it is not in here. What people wrote is not either, unless their
workspace wants its prompts kept; those are sealed.
"""

from dataclasses import dataclass
from typing import cast

from limner.db.base import Database, Row, Value
from limner.errors import InvalidParams, NotFound
from limner.jobs import request_log_store as store
from limner.jobs.job import State
from limner.jobs.listing import Wanted
from limner.ledger.wallet import LedgerName


@dataclass(frozen=True, slots=True)
class Sought(Wanted):
    """Which entries somebody wants to see."""

    error_code: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Times are unix microseconds, amounts micro-credits."""

    request_id: str
    job_id: str
    key_id: str
    task: str
    modality: str
    model: str
    n: int
    pictures: int
    state: State
    error_code: str | None
    error_message: str | None
    charged: int
    held: int
    """What was set aside when the request was accepted."""
    cost: str | None
    params: str
    tries: int
    provider: str
    provider_request_id: str | None
    tokens_in: int | None
    tokens_out: int | None
    prompt: str | None
    """Sealed about the request's id."""
    created_at: int
    started_at: int | None
    drawn_at: int | None
    ended_at: int | None
    refunded: int

    @property
    def queued(self) -> bool:
        """It waits for its turn; no try has begun."""
        return self.state == "processing" and self.tries == 0

    @property
    def times(self) -> "Times":
        """Where the time went, as far as that is known."""
        ended = None if self.ended_at is None else self.ended_at - self.created_at
        if self.started_at is None:
            return Times(ended, None, None, ended)
        queue = self.started_at - self.created_at
        if ended is None:
            return Times(queue, None, None, None)
        if self.drawn_at is None:
            return Times(queue, None, None, ended)
        drawn = min(self.drawn_at - self.created_at, ended)
        return Times(queue, drawn - queue, ended - drawn, ended)


@dataclass(frozen=True, slots=True)
class Times:
    """Microseconds before the first try, at providers, until all was stored and paid, and in all.

    None for what is not over, or what nobody has measured because its server died.
    """

    queue: int | None
    provider: int | None
    store: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class LogPage:
    entries: list[Entry]
    has_more: bool


class RequestLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, sought: Sought) -> LogPage:
        """Entries, newest first. Raises InvalidParams for a cursor that is no job of the wallet."""
        until, below = sought.before_us, ""
        if sought.after is not None:
            until, below = min((until, below), await self._place(sought, sought.after))
        narrowed = {name: getattr(sought, name) for name in store.NARROWED}
        values: dict[str, Value] = {
            name: value for name, value in narrowed.items() if value is not None
        }
        rows = await self._database.report(
            store.page(values),
            values
            | {
                "workspace_id": sought.workspace_id,
                "ledger": sought.ledger,
                "since": sought.since_us,
                "until": until,
                "below": below,
                "most": sought.most + 1,
            },
        )
        return LogPage([entry_of(row) for row in rows[: sought.most]], len(rows) > sought.most)

    async def _place(self, sought: Sought, job_id: str) -> tuple[int, str]:
        """Where a job stands in the log."""
        own = {"job_id": job_id, "workspace_id": sought.workspace_id, "ledger": sought.ledger}
        rows = await self._database.fetch(store.PLACE, own)
        if not rows:
            raise InvalidParams("after must be the id of a job", param="after")
        return cast(tuple[int, str], rows[0])

    async def entry(self, workspace_id: str, ledger: LedgerName, word: str) -> Entry:
        """By the id of its job or of the request; of several with that id the newest.

        Raises NotFound alike for an unknown id and for another workspace's.
        """
        own = {"word": word, "workspace_id": workspace_id, "ledger": ledger}
        for query in (store.OF_JOB, store.OF_REQUEST):
            if rows := await self._database.fetch(query, own):
                return entry_of(rows[0])
        raise NotFound("there is no such request; refused ones are not in the log")


def entry_of(row: Row) -> Entry:
    """A row of `request_log_store.COLUMNS`."""
    return Entry(
        *cast(
            tuple[
                str, str, str, str, str, str, int, int, State, str | None, str | None, int, int,
                str | None, str, int, str, str | None, int | None, int | None, str | None,
                int, int | None, int | None, int | None, int,
            ],
            row,
        )
    )  # fmt: skip
