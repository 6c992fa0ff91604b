"""The jobs that this process works on: whose leases it renews, and what it knows of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from limner.clock import Clock
from limner.jobs.job import Ticket


@dataclass(frozen=True, slots=True)
class AtWork:
    """A job that is being worked on in this process, and until when that can be true."""

    ticket: Ticket
    until: float
    stop: Callable[[], None] = lambda: None
    """Ends the work, for a job that was cancelled."""
    retold: bool = False
    """Whether its answer may be asked for again."""
    left: bool = False
    """Whether nobody waits for it any more."""
    asked: float | None = None
    drawn: float | None = None
    """When a provider was first called, and when the last one had ended."""


class Underway:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_work: dict[str, AtWork] = {}

    def begin(self, ticket: Ticket, until: float, *, retold: bool, left: bool = False) -> None:
        """From now on the job's lease is renewed, until it is forgotten or overdue."""
        self._at_work[ticket.job_id] = AtWork(ticket, until, retold=retold, left=left)

    def lasts(self, ticket: Ticket, until: float) -> None:
        """The job has until then: its turn came later than was thought."""
        if job := self._at_work.get(ticket.job_id):
            self._at_work[ticket.job_id] = replace(job, until=until)

    def tickets(self) -> list[Ticket]:
        """The jobs whose leases this process renews: those it works on and that are not overdue."""
        now = self._clock()
        return [job.ticket for job in self._at_work.values() if job.until > now]

    def attend(self, ticket: Ticket, stop: Callable[[], None]) -> None:
        """From now on `stop` is called when the job is cancelled."""
        if job := self._at_work.get(ticket.job_id):
            self._at_work[ticket.job_id] = replace(job, stop=stop)

    def left(self, job_id: str) -> None:
        """Nobody waits for a job any more; somebody may come back for its answer."""
        if job := self._at_work.get(job_id):
            self._at_work[job_id] = replace(job, retold=True, left=True)

    def was_left(self, ticket: Ticket) -> bool:
        """Whether nobody waits for the job's answer."""
        job = self._at_work.get(ticket.job_id)
        return job is None or job.left

    def to_be_retold(self, ticket: Ticket) -> bool:
        """Whether what a job is answered has to be kept."""
        job = self._at_work.get(ticket.job_id)
        return job is not None and job.retold

    def asked(self, ticket: Ticket) -> None:
        """A provider is called; of several calls the first counts."""
        job = self._at_work.get(ticket.job_id)
        if job and job.asked is None:
            self._at_work[ticket.job_id] = replace(job, asked=self._clock())

    def drawn(self, ticket: Ticket) -> None:
        """The provider has done its part."""
        if job := self._at_work.get(ticket.job_id):
            self._at_work[ticket.job_id] = replace(job, drawn=self._clock())

    def provider_us(self, ticket: Ticket) -> int | None:
        """How long providers had the job; until now where none of them has ended."""
        job = self._at_work.get(ticket.job_id)
        if job is None or job.asked is None:
            return None
        drawn = self._clock() if job.drawn is None else job.drawn
        return round((drawn - job.asked) * 1_000_000)

    def forget(self, ticket: Ticket) -> None:
        """Renew a lease no longer, because the job has ended or is another's."""
        self._at_work.pop(ticket.job_id, None)

    def stop(self, job_id: str) -> None:
        """End the work on a job that was cancelled, where this process does it."""
        if job := self._at_work.pop(job_id, None):
            job.stop()
