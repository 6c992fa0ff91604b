"""What is written of a task that a provider works on by itself, for whoever has to go on with it.

The database gets facts about the order in the open, and sealed what the answer to the request says
of its beginning: callers' own words are among that.
"""

import msgspec

from limner.generation.formats import Finish
from limner.generation.provenance import NOTHING, Says
from limner.generation.retelling import Begun, begun
from limner.generation.studio import Studio
from limner.jobs.feed import Admitted
from limner.jobs.job import TaskAtWork, Ticket
from limner.providers.base import Order, Scalar
from limner.retention import Retention
from limner.vault import Vault


class Resumption(msgspec.Struct, frozen=True, kw_only=True):
    """What an order was that a job's other columns do not tell, and how its answer begins."""

    upstream_model: str
    protocol: str
    per_call: int
    width: int
    height: int
    output_format: str
    store: bool
    retention: str | None = None
    """None where the version that wrote it knew none."""
    guard: str | None = None
    """By name, who looks at pictures before anybody sees them."""
    begun: str
    finish: Finish | None = None
    """The format that was asked for, which may be another than the provider makes."""
    says: Says = NOTHING
    """What its pictures are to say of themselves."""

    def order(self, job_id: str, at_work: TaskAtWork, timeout_s: float) -> Order:
        """What to ask the provider about; nothing that could be drawn from it is left."""
        return Order(
            job_id=job_id,
            task=at_work.task,
            upstream_model=self.upstream_model,
            prompt="",
            n=at_work.n,
            width=self.width,
            height=self.height,
            output_format=self.output_format,
            params=msgspec.json.decode(at_work.params, type=dict[str, Scalar]),
            timeout_s=timeout_s,
            protocol=self.protocol,
            per_call=self.per_call,
        )

    def kept_for(self, server: Retention) -> Retention:
        return server if self.retention is None else Retention.read(self.retention)

    def admitted(self, ticket: Ticket, model: str, vault: Vault) -> Admitted:
        """How the job began, as its first caller was told."""
        text = vault.open(self.begun, about=ticket.job_id)
        return msgspec.json.decode(text, type=Begun).admitted(ticket, model)


class TaskNotes:
    """The notes of one job; `noted` is whether others could go on with it by now."""

    def __init__(
        self,
        admitted: Admitted,
        studio: Studio,
        *,
        store: bool,
        retention: Retention,
        guard: str | None = None,
        says: Says = NOTHING,
    ) -> None:
        self.ticket = admitted.ticket
        self.noted = False
        self.admitted = admitted
        self._studio = studio
        self._store = store
        self._retention = retention
        self._guard = guard
        self._says = says

    async def note(self, order: Order, task: str, finish: Finish | None = None) -> None:
        """Write down what a provider can be asked about, before it is. Raises NotOurs."""
        resumption = Resumption(
            upstream_model=order.upstream_model,
            protocol=order.protocol,
            per_call=order.per_call,
            width=order.width,
            height=order.height,
            output_format=order.output_format,
            store=self._store,
            retention=self._retention.word,
            guard=self._guard,
            begun=self._sealed(),
            finish=finish,
            says=self._says,
        )
        written = msgspec.json.encode(resumption).decode()
        await self._studio.jobs.accepted(self.ticket, task, written)
        self.noted = True

    def _sealed(self) -> str:
        text = msgspec.json.encode(Begun(**begun(self.admitted))).decode()
        return self._studio.vault.seal(text, about=self.ticket.job_id)
