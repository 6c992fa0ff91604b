"""Admit, finish and fail: the moves of a job, each one transaction with its money."""

import os
import socket
from collections.abc import Sequence

import structlog

from limner.clock import Clock, monotonic
from limner.db.base import (
    Database,
    DatabaseAway,
    DatabaseFull,
    Params,
    Value,
    Values,
    Write,
    Written,
)
from limner.failpoints import reached
from limner.files.artifact import Artifact, original_rows, row_params
from limner.files.shelf import Filing
from limner.ids import new_id
from limner.jobs import store
from limner.jobs.gates import Gates
from limner.jobs.job import Admission, Instead, Ticket
from limner.jobs.known_jobs import KnownJobs
from limner.jobs.moves import Moves
from limner.jobs.rows import (
    HOLD_BEYOND_DEADLINE_S,
    admit_params,
    loss,
    losses,
    postings,
    storable,
    ticket_params,
)
from limner.jobs.underway import Underway
from limner.jobs.window import Window
from limner.ledger.ledger import Ledger
from limner.providers.base import Usage
from limner.webhooks.outbox import event_params

log = structlog.get_logger()

CLOSING_S = 15.0
"""How long after its deadline a job may still store its pictures before it is given up."""
LAST_LOOK_S = 10.0
"""What a job that is taken over gets at least: its picture may have come while nobody looked."""
PREFIXES = {"image": "imgjob", "upscale": "imgjob", "music": "musjob"}


class NotOurs(Exception):
    """Another process took the job over, or it had ended: what this one did does not count."""


class Known(Exception):
    """The request was sent before, and its job is another's."""


class Jobs(KnownJobs):
    """The jobs of one process, which owns what it runs for as long as its leases last."""

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        lease_s: float,
        clock: Clock = monotonic,
        window: Window | None = None,
    ) -> None:
        self.window = window or Window(database)
        self._gates = Gates(database, ledger, self.window)
        super().__init__(database)
        self._moves = Moves(database, lease_s, clock)
        self._ledger = ledger
        self._clock = clock
        self.underway = Underway(clock)
        self.lease_s = lease_s
        self.lease_us = int(lease_s * 1_000_000)
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id('run')}"

    async def admit(self, admission: Admission) -> Ticket:
        """Accept a request: job, hold and first try in one commit.

        Raises what the request is refused with, DatabaseAway, DatabaseFull. Should the
        commit have happened although its answer was lost, nobody renews the lease, and the job is
        failed and its hold freed when that has run out. Raises Known for a request whose
        idempotency key another has claimed in the meantime.
        """
        keyed = admission.origin.idempotency_key is not None
        admit = store.ADMIT_KEYED if keyed else store.ADMIT
        job_id = new_id(PREFIXES[admission.modality])
        params: dict[str, Value | Sequence[Values]] = {
            **admit_params(admission, job_id, self.owner, self.lease_us)
        }
        params |= self.window.params(admission.bounds)
        refusal: str | None = None
        while True:
            passed = await self._gates.passed(admission, refusal)
            await reached("admit.before", DatabaseAway("a test wants it away"))
            began = self._clock()
            written = await self._database.write(admit, {**params, **passed.params(admission)})
            await reached("admit.after", DatabaseAway("a test wants its answer lost"))
            refusal = written.refusal
            if refusal is None:
                break
            if refusal == "known":
                raise Known
        ticket = Ticket(
            job_id,
            admission.workspace_id,
            admission.ledger,
            lease=1,
            held=passed.split,
            at_list=admission.at_list,
            task=admission.task,
            model=admission.model,
        )
        if self._clock() - began > self.lease_s and not await self.renew(ticket):
            raise DatabaseAway("its answer came when the job was another's already")
        until = self._clock() + admission.waits_s + admission.deadline_s + CLOSING_S
        self.underway.begin(ticket, until, retold=keyed)
        return ticket

    async def renew(self, ticket: Ticket) -> bool:
        """Lease and hold of a job that is worked on start anew; False when it is not ours."""
        params = ticket_params(ticket) | {
            "lease_us": self.lease_us,
            "hold_us": HOLD_BEYOND_DEADLINE_S * 1_000_000,
        }
        return (await self._database.write(store.BEAT, params)).refusal is None

    async def finish(
        self,
        ticket: Ticket,
        artifacts: Sequence[Artifact],
        *,
        charged: int,
        lost: int = 0,
        cost: str,
        sealed: str | None,
        answer: str | None = None,
        filing: Filing | None = None,
        usage: Usage | None = None,
        provider_request_id: str | None = None,
    ) -> bool:
        """Settle, record the pictures and complete the job in one commit.

        `lost` are micro-credits of work that may have been paid for and brought nothing.
        What is to be filed becomes files in that commit too, or is left out when it has no room;
        tells whether there are files. Never charges more than was held. Keeps trying while the
        database is away or full. Raises NotOurs when the job is no longer ours.
        """
        spent = ticket.held.upto(charged)
        params = ticket_params(ticket) | {
            **event_params("job.completed"),
            "charged": spent.total,
            "cost": cost,
            "sealed": sealed,
            "answer": answer,
            "plan_charged": spent.plan,
            "topup_charged": spent.topup,
            "postings": [*postings(ticket, spent), *loss(ticket, lost)],
            "artifacts": [row_params(one) for one in artifacts if one.kept],
            "originals": original_rows([one for one in artifacts if one.kept]),
            "handed_on": [row_params(one) for one in artifacts if not one.kept],
            "pictures": len(artifacts),
            "tokens_in": usage.tokens_in if usage else None,
            "tokens_out": usage.text_out + usage.image_out if usage else None,
            "provider_us": self.underway.provider_us(ticket),
            "provider_request_id": provider_request_id,
        }
        try:
            written = await self._finished(params, filing)
            filed = filing is not None and written.refusal != "full"
            if written.refusal == "full":
                written = await self._finished(params, None)
        finally:
            self.underway.forget(ticket)
        if written.refusal and not await self._was_finished(ticket):
            raise NotOurs(f"{ticket.job_id}: {written.refusal}")
        return filed

    async def _finished(self, params: Params, filing: Filing | None) -> Written:
        if filing is None:
            return await self._moves.persistently(store.FINISH, params)
        return await self._moves.persistently(store.FINISH_FILING, {**params, **filing.params()})

    async def _was_finished(self, ticket: Ticket) -> bool:
        """Whether an earlier try to finish had committed although its answer was lost.

        A job that was completed under another lease was completed by whoever took it over.
        """
        own: dict[str, Value] = {"job_id": ticket.job_id, "lease": ticket.lease}
        return bool(await self._database.fetch(store.COMPLETED_BY, own))

    async def fail(
        self,
        ticket: Ticket,
        *,
        code: str,
        message: str,
        outcome: str,
        hold_end: str = "released",
        provider_request_id: str | None = None,
        paid: bool = False,
    ) -> bool:
        """End a job without charge and free its hold; False when it had ended already.

        What a provider may have been paid for all the same is booked as the operator's loss; with
        `paid` it is known.
        """
        params = ticket_params(ticket) | {
            **event_params("job.failed"),
            "error_code": code,
            "error_message": storable(message),
            "outcome": outcome,
            "hold_end": hold_end,
            "losses": losses(ticket, code, outcome, paid=paid),
            "provider_us": self.underway.provider_us(ticket),
            "provider_request_id": provider_request_id,
        }
        try:
            written = await self._moves.persistently(store.FAIL, params)
            if written.refusal == "hold_ended":
                written = await self._moves.persistently(store.FAIL_UNHELD, params)
        finally:
            self.underway.forget(ticket)
        return written.refusal is None

    async def first_try(self, ticket: Ticket, deadline_s: float) -> None:
        """Record that a job which waited begins, and has its whole time. Raises NotOurs."""
        await self._moved(store.FIRST_TRY, ticket, deadline_us=int(deadline_s * 1_000_000))
        self.underway.lasts(ticket, self._clock() + deadline_s + CLOSING_S)

    async def next_try(
        self, ticket: Ticket, provider: str, *, repeatable: bool, instead: Instead | None = None
    ) -> None:
        """Record that one more try begins, before its first byte is sent. Raises NotOurs.

        `instead` is the model that answers from here on, where it is another.
        """
        await self._moved(
            store.NEXT_TRY,
            ticket,
            provider=provider,
            repeatable=int(repeatable),
            model=instead.model if instead else None,
            params=instead.params if instead else None,
            quote=instead.quote if instead else None,
            price_version=instead.price_version if instead else None,
        )

    async def accepted(self, ticket: Ticket, task_ref: str, resumption: str) -> None:
        """Record what the provider can be asked about later, and by whom. Raises NotOurs."""
        await self._moved(store.ACCEPTED, ticket, task_ref=task_ref, resumption=resumption)

    async def _moved(self, write: Write, ticket: Ticket, **values: Value) -> None:
        """Move a job that goes on. Raises NotOurs."""
        if (await self._moves.persistently(write, ticket_params(ticket) | values)).refusal:
            self.underway.forget(ticket)
            raise NotOurs(ticket.job_id)

    async def hand_over(self, ticket: Ticket) -> bool:
        """Leave a job to whoever goes on with its task, at once; False when there is none to leave.

        With the database away its lease runs out by itself.
        """
        self.underway.forget(ticket)
        try:
            written = await self._database.write(store.HAND_OVER, ticket_params(ticket))
        except (DatabaseAway, DatabaseFull):
            return True
        return written.refusal is None

    def go_on(self, ticket: Ticket, left_s: float) -> None:
        """The job was taken over: from now on its lease is renewed here.

        Whoever asks for its answer comes back for it, for nobody waits for it any more.
        """
        until = self._clock() + max(left_s, LAST_LOOK_S) + CLOSING_S
        self.underway.begin(ticket, until, retold=True, left=True)

    async def progress(self, ticket: Ticket, percent: int) -> None:
        """Tell other processes how far a job is; a database that is away does not hold it up."""
        params = ticket_params(ticket) | {"progress": min(percent, 99)}
        try:
            await self._database.write(store.PROGRESS, params)
        except (DatabaseAway, DatabaseFull) as error:
            log.warning("progress_lost", job_id=ticket.job_id, error=type(error).__name__)

    async def expire_holds(self) -> int:
        return await self._ledger.expire_holds()
