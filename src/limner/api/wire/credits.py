"""The JSON of a workspace's credits, and of the plan that gives it some every month."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.errors import InvalidParams
from limner.ledger.wallet import LedgerName, Wallet
from limner.plan_terms import PlanTerms
from limner.plans.plans import MICROSECONDS, Standing

Rollover = float | Literal["none", "all"]


class SourceBody(msgspec.Struct, frozen=True):
    balance: float
    held: float


class PlanSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Credits of a plan. The rest is there while the workspace is on one: `credits` it is given a
    month, how many unused ones a renewal leaves (`rollover`), when it renews, and what of the free
    ones expires then if it stays unused."""

    balance: float
    held: float
    name: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    credits: float | UnsetType = UNSET
    rollover: Rollover | UnsetType = UNSET
    renews: int | UnsetType = UNSET
    expiring: float | UnsetType = UNSET


class CreditsBody(msgspec.Struct, frozen=True):
    """`available` is `balance` less `held`; `mode` says whether these are play credits."""

    object: str
    mode: str
    currency: str
    balance: float
    held: float
    available: float
    plan: PlanSource
    topup: SourceBody
    credits_per_usd: int


def credits_body(
    wallet: Wallet, ledger: LedgerName, credits_per_usd: int, standing: Standing
) -> CreditsBody:
    return CreditsBody(
        object="credits",
        mode=ledger,
        currency="credits",
        balance=money.wire(wallet.balance),
        held=money.wire(wallet.held),
        available=money.wire(wallet.free.total),
        plan=plan_source(wallet, standing),
        topup=SourceBody(money.wire(wallet.topup), money.wire(wallet.topup_held)),
        credits_per_usd=credits_per_usd,
    )


def plan_source(wallet: Wallet, standing: Standing) -> PlanSource:
    terms, renews = standing.terms, standing.renews_at
    return PlanSource(
        balance=money.wire(wallet.plan),
        held=money.wire(wallet.plan_held),
        name=standing.plan or UNSET,
        title=terms.title or standing.plan or UNSET if terms else UNSET,
        credits=money.wire(terms.monthly) if terms else UNSET,
        rollover=rollover(terms) if terms else UNSET,
        renews=renews // MICROSECONDS if renews and terms else UNSET,
        expiring=money.wire(standing.expiring(wallet.free.plan)) if terms else UNSET,
    )


def rollover(terms: PlanTerms) -> Rollover:
    if terms.keeps == 0:
        return "none"
    return "all" if terms.keeps == money.FULLEST else money.wire(terms.keeps)


def amount_of(credits: float) -> int:
    """Credits of a body as micro-credits, never 0. Raises InvalidParams."""
    try:
        amount = money.of_number(credits)
    except ValueError as error:
        raise InvalidParams(f"{error}; nothing was written", param="credits") from None
    if amount == 0:
        raise InvalidParams("credits must not be 0; nothing was written", param="credits")
    return amount
