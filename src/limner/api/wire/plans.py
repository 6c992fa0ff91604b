"""The JSON of plans, as administrators see them."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.api.wire.credits import Rollover, rollover
from limner.plan_terms import PlanTerms


class PlanBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`workspaces` are on it. One that is not configured any more gives nothing, and its terms are
    not known."""

    object: str
    name: str
    configured: bool
    workspaces: int
    title: str | UnsetType = UNSET
    credits: float | UnsetType = UNSET
    rollover: Rollover | UnsetType = UNSET


class PlanList(msgspec.Struct, frozen=True):
    object: str
    data: list[PlanBody]


def plan_list(plans: Mapping[str, PlanTerms], used: Mapping[str, int]) -> PlanList:
    """Those that are configured, then those that some workspace is still on."""
    known = [plan_body(name, terms, used.get(name, 0)) for name, terms in plans.items()]
    gone = [name for name in used if name not in plans]
    return PlanList("list", [*known, *(unknown(name, used[name]) for name in gone)])


def plan_body(name: str, terms: PlanTerms, workspaces: int) -> PlanBody:
    return PlanBody(
        object="plan",
        name=name,
        configured=True,
        workspaces=workspaces,
        title=terms.title or name,
        credits=money.wire(terms.monthly),
        rollover=rollover(terms),
    )


def unknown(name: str, workspaces: int) -> PlanBody:
    return PlanBody(object="plan", name=name, configured=False, workspaces=workspaces)
