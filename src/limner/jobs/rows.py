"""What the moves of a job write, as the parameters of their SQL."""

from collections.abc import Sequence
from dataclasses import fields
from typing import cast

from limner.db.base import Row, Value, Values
from limner.jobs.job import Admission, Job, Ticket
from limner.ledger.wallet import Source, Split, account

HOLD_BEYOND_DEADLINE_S = 120
MAY_HAVE_COST = {"provider_error", "internal_error", "job_timeout", "storage_unavailable"}
"""Failures after which a provider may want money for a picture that nobody was charged for."""
NO_WORDS = {"held", "at_list", "deadline_s", "waits_s", "origin", "bounds"}
WORDS_OF_ADMISSION = tuple(field.name for field in fields(Admission) if field.name not in NO_WORDS)


def admit_params(admission: Admission, job_id: str, owner: str, lease_us: int) -> dict[str, Value]:
    words = {name: getattr(admission, name) for name in WORDS_OF_ADMISSION}
    return words | {
        "job_id": job_id,
        "owner": owner,
        "repeatable": int(admission.repeatable),
        "route": admission.origin.route,
        "body_digest": admission.origin.body_digest,
        "idempotency_key": admission.origin.idempotency_key,
        "lease_us": lease_us,
        "tries": 0 if admission.waits_s else 1,
        "deadline_us": int((admission.waits_s + admission.deadline_s) * 1_000_000),
        "hold_us": int((admission.deadline_s + HOLD_BEYOND_DEADLINE_S) * 1_000_000),
    }


def storable(message: str) -> str:
    """A message without what no database takes: a job must always be able to end."""
    return message.replace("\0", "").encode("utf-8", "replace").decode()


def ticket_params(ticket: Ticket) -> dict[str, Value | Sequence[Values]]:
    return {
        "job_id": ticket.job_id,
        "workspace_id": ticket.workspace_id,
        "ledger": ticket.ledger,
        "lease": ticket.lease,
        "plan": ticket.held.plan,
        "topup": ticket.held.topup,
        "task": ticket.task,
        "model": ticket.model,
    }


def ticket_of(job: Job, row: Row) -> Ticket:
    """The ticket of a job that runs somewhere, from a row of `store.CANCELLABLE`."""
    lease, plan, topup, task = cast(tuple[int, int, int, str], row)
    held = Split(plan, topup)
    return Ticket(job.id, job.workspace_id, job.ledger, lease, held, task=task, model=job.model)


def postings(ticket: Ticket, spent: Split) -> list[Values]:
    """The lines that move a charge from the workspace's sources to revenue."""
    amounts: tuple[tuple[Source, int], ...] = (("plan", spent.plan), ("topup", spent.topup))
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
        for source, amount in amounts
        if amount
    ]


def losses(ticket: Ticket, code: str, outcome: str, *, paid: bool = False) -> list[Values]:
    """The line that books what a failed job may cost as a loss; no workspace has it."""
    lost = outcome != "known_not_run" and (paid or code in MAY_HAVE_COST)
    return loss(ticket, ticket.left_open + (cost_of(ticket) if lost else 0))


def cost_of(ticket: Ticket) -> int:
    """What the work may cost the operator: no markup is lost with it."""
    return ticket.held.total if ticket.at_list is None else ticket.at_list


def loss(ticket: Ticket, amount: int) -> list[Values]:
    """The line that books an amount as lost with a job, none for nothing."""
    if not amount:
        return []
    return [
        {
            "operation": f"loss/{ticket.job_id}",
            "kind": "loss",
            "debit": "grants",
            "credit": "losses",
            "amount": amount,
            "workspace_id": None,
            "corrects": None,
            "note": None,
        }
    ]
