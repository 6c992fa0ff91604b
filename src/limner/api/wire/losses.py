"""The JSON of losses: what the operator bore, by job, model and provider."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.ledger.losses import Loss, LossSum

MICROSECONDS = 1_000_000


class LossBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Work a provider may want money for, and that nobody paid. `outcome` is `ran`, or `unknown`
    where nobody can tell whether it did."""

    at: int
    credits: float
    job_id: str
    request_id: str
    workspace_id: str
    workspace: str
    model: str
    provider: str
    provider_request_id: str | UnsetType = UNSET
    error_code: str
    error: str
    outcome: str


class LossSumBody(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    provider: str
    losses: int
    credits: float


class LossTotals(msgspec.Struct, frozen=True, kw_only=True):
    losses: int
    credits: float


class LossList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; sums and totals are of the whole time, whatever page this is. `last_id`, the id
    of a job, is what `after` takes for the next page."""

    object: str
    mode: str
    start: int
    end: int
    totals: LossTotals
    sums: list[LossSumBody]
    data: list[LossBody]
    last_id: str | None
    has_more: bool


def loss_body(loss: Loss, workspaces: Mapping[str, str]) -> LossBody:
    return LossBody(
        at=loss.at // MICROSECONDS,
        credits=money.wire(loss.amount),
        job_id=loss.job_id,
        request_id=loss.request_id,
        workspace_id=loss.workspace_id,
        workspace=workspaces.get(loss.workspace_id, ""),
        model=loss.model,
        provider=loss.provider,
        provider_request_id=loss.provider_request_id or UNSET,
        error_code=loss.error_code or "internal_error",
        error=loss.error_message or "the job failed",
        outcome=loss.outcome or "unknown",
    )


def sum_body(one: LossSum) -> LossSumBody:
    return LossSumBody(
        model=one.model, provider=one.provider, losses=one.count, credits=money.wire(one.amount)
    )


def totals(sums: Sequence[LossSum]) -> LossTotals:
    amount = sum(one.amount for one in sums)
    return LossTotals(losses=sum(one.count for one in sums), credits=money.wire(amount))
