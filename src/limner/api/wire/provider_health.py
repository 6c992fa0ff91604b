"""The JSON of providers' health: what one process has seen of the places models run at."""

from collections.abc import Iterable
from math import ceil
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from limner.generation.connections import Connection
from limner.generation.routes import Route

ProviderState: TypeAlias = Literal[
    "ok", "unused", "resting", "failing", "account_in_trouble", "not_ready"
]


class TroubleBody(msgspec.Struct, frozen=True):
    """The last failure: when, what became of the order, what it was about, and in plain words."""

    at: int
    outcome: str
    reason: str
    detail: str
    words: str
    """What it means, and what to do where it is the operator's to mend."""


class PlaceBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One model at a provider, by the name it has there; counts are since the process started."""

    upstream_model: str
    breaker: Literal["closed", "open", "half_open"]
    tried_again_in_seconds: int | UnsetType = UNSET
    running: int
    succeeded: int
    failed: int
    last_success_at: int | UnsetType = UNSET
    trouble: TroubleBody | UnsetType = UNSET


class ProviderHealth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    provider: str
    kind: str
    state: ProviderState
    problem: str | UnsetType = UNSET
    places: list[PlaceBody]


class ProviderHealthList(msgspec.Struct, frozen=True):
    object: str
    data: list[ProviderHealth]


def health_list(connections: Iterable[Connection], routes: Iterable[Route]) -> ProviderHealthList:
    known = list(routes)
    return ProviderHealthList(
        "list",
        [
            health(one, [route for route in known if route.provider == one.entry.name])
            for one in connections
        ],
    )


def health(connection: Connection, routes: list[Route]) -> ProviderHealth:
    return ProviderHealth(
        provider=connection.entry.name,
        kind=connection.entry.kind,
        state=state(connection, routes),
        problem=connection.problem or UNSET,
        places=[place(route) for route in routes],
    )


def state(connection: Connection, routes: list[Route]) -> ProviderState:
    """The worst that is known: an account in trouble is the operator's to mend, the rest passes."""
    if connection.provider is None:
        return "not_ready"
    if any(route.account_in_trouble for route in routes):
        return "account_in_trouble"
    if any(route.breaker.state != "closed" for route in routes):
        return "failing"
    if any(route.breaker.rest_s for route in routes):
        return "resting"
    return "ok" if any(route.succeeded for route in routes) else "unused"


def place(route: Route) -> PlaceBody:
    last = route.last_success_at
    return PlaceBody(
        upstream_model=route.upstream_model,
        breaker=route.breaker.state,
        tried_again_in_seconds=ceil(route.breaker.wait_s) or UNSET,
        running=route.running,
        succeeded=route.succeeded,
        failed=route.failed,
        last_success_at=UNSET if last is None else int(last),
        trouble=trouble(route),
    )


def trouble(route: Route) -> TroubleBody | UnsetType:
    last = route.trouble
    if last is None:
        return UNSET
    return TroubleBody(int(last.at), last.outcome, last.reason, last.detail, last.words)
