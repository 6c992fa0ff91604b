"""A job is a generation as the database knows it: processing, then for ever completed or failed."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from limner.db.base import Row
from limner.jobs.bounds import UNBOUND, Bounds
from limner.ledger.wallet import LedgerName, Split
from limner.providers.base import Task

State: TypeAlias = Literal["processing", "completed", "failed"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What makes a request recognisable when it comes again."""

    route: str
    body_digest: str
    """Keyed, so that nobody can try prompts against it."""
    idempotency_key: str | None = None
    resent: bool = False
    """Whether its client says that it sends it once more."""


UNKNOWN_ORIGIN = Origin("", "")


@dataclass(frozen=True, slots=True)
class Admission:
    """What is written when a request is accepted: the job, its hold and its first try."""

    workspace_id: str
    key_id: str
    ledger: LedgerName
    request_id: str
    task: str
    modality: str
    model: str
    n: int
    params: str
    """JSON of the applied parameters, without anything a person wrote."""
    quote: str
    """JSON of the price's arithmetic at the version accepted."""
    held: int
    """Micro-credits set aside."""
    provider: str
    repeatable: bool
    """Whether it may be cancelled while its provider has it."""
    deadline_s: float
    origin: Origin = UNKNOWN_ORIGIN
    bounds: Bounds = UNBOUND
    waits_s: float = 0.0
    """How long it may have to wait before its first try; 0 begins at once."""
    prompt: str | None = None
    """For the request log of a workspace that wants it there, sealed about the request's id."""
    webhook: str | None = None
    """Who is to be told when it has ended, as `webhooks.webhook.of_job` keeps that."""
    at_list: int | None = None
    """What the work may cost the operator, where that is not what is held."""
    price_version: str | None = None
    """The name of the terms it is accepted at."""
    cache_digest: str | None = None
    """By what the very same request finds its pictures, where that is wanted."""


@dataclass(frozen=True, slots=True)
class Instead:
    """Another model that answers in place of the one before, as `Admission` has it."""

    model: str
    params: str
    quote: str
    price_version: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the owner of a running job needs to move it: its lease number fences out all others."""

    job_id: str
    workspace_id: str
    ledger: LedgerName
    lease: int
    held: Split
    at_list: int | None = None
    """What the work may cost the operator, where that is not what is held."""
    task: str = ""
    model: str = ""
    """The model that answers, as far as that is known."""
    left_open: int = 0
    """What orders of it before the last one may cost besides: nobody knows whether they ran."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as read back."""

    id: str
    workspace_id: str
    request_id: str
    modality: str
    model: str
    state: State
    progress: int
    """Percent."""
    charged: int
    """Micro-credits."""
    error_code: str | None
    error_message: str | None
    sealed: str | None
    created_at: int
    ended_at: int | None
    """Unix microseconds, as created_at."""
    key_id: str
    held: int
    """Micro-credits still set aside for it."""
    ledger: LedgerName
    left_at: int | None
    """Since when nobody waits for it any more."""
    tries: int

    @property
    def queued(self) -> bool:
        """Whether it still waits for its first try."""
        return self.state == "processing" and self.tries == 0


def job_of(row: Row) -> Job:
    """A row of `store.COLUMNS`."""
    return Job(
        *cast(
            tuple[
                str, str, str, str, str, State, int, int, str | None, str | None, str | None,
                int, int | None, str, int, LedgerName, int | None, int,
            ],
            row,
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskAtWork:
    """A job whose provider works on it by itself, as whoever goes on with it must know it.

    `task_ref` is the provider's; `resumption` is whatever the generation wrote for itself.
    """

    provider: str
    task: Task
    model: str
    n: int
    params: str
    quote: str
    task_ref: str
    resumption: str
    price_version: str | None
    left_s: float
    """Until its deadline, by the database's clock."""


def task_of(row: Row) -> TaskAtWork:
    """A row of `store.TASK`."""
    *words, left_us = row
    said = cast(tuple[str, Task, str, int, str, str, str, str, str | None], tuple(words))
    return TaskAtWork(*said, left_s=cast(int, left_us) / 1_000_000)
