"""What a process has learnt of the places models run at: which fail, which are full or well.

Each process learns for itself. In-house places, which cost nobody anything, are not watched.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil

import structlog

from limner.clock import Clock, monotonic, wall
from limner.errors import ServiceUnavailable
from limner.generation.attempts import NotAsked, NoTryLeft, Place
from limner.generation.breaker import OPEN_S, Asked, Breaker
from limner.generation.retry_budget import RetryBudget
from limner.metrics.calls import Calls
from limner.providers.account_trouble import account_trouble
from limner.providers.base import Outcome, ProviderError, Reason

log = structlog.get_logger()

CALLERS_OWN: frozenset[Reason] = frozenset({"content_policy_violation", "bad_parameter"})
"""Failures that say nothing about the place."""
LONGEST_TOLD_S = 60
"""`Retry-After` is never more, however long a breaker stays open: others may be well sooner."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last failure of a place; `at` in unix seconds."""

    at: float
    outcome: Outcome
    reason: Reason
    detail: str
    words: str
    """For the operator: what it comes to, and of their own account what to look at."""


@dataclass(slots=True)
class Route:
    """One place as this process knows it. Counts are since it started."""

    provider: str
    upstream_model: str
    breaker: Breaker
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    last_success_at: float | None = None
    trouble: Trouble | None = None
    account_in_trouble: bool = False
    """Whether the last order was turned away because of the operator's own account."""


@dataclass(frozen=True, slots=True)
class Routes:
    clock: Clock = monotonic
    now: Clock = wall
    breakers: bool = True
    """Whether places that fail are left out, and further tries counted."""
    open_s: float = OPEN_S
    """How long a place that fails is left out at first."""
    known: dict[tuple[str, str], Route] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)
    budget: RetryBudget = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", RetryBudget(self.clock))

    def of(self, place: Place) -> Route:
        key = (place.provider_name, place.upstream_model)
        if key not in self.known:
            self.known[key] = Route(*key, Breaker(self.clock, self.open_s))
        return self.known[key]

    def open_ones(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """The places that may be asked now, in their order.

        Raises ServiceUnavailable when none may, saying when it makes sense to come again.
        """
        open_ones = tuple(place for place in places if self._may_ask(place))
        if not open_ones:
            raise none_open([self.of(place) for place in places])
        return open_ones

    def _may_ask(self, place: Place) -> bool:
        if place.provider.repeatable:
            return True
        return not self._full(place) and (not self.breakers or self.of(place).breaker.allows)

    def _full(self, place: Place) -> bool:
        """All orders to one provider count, whichever model they are for."""
        running = sum(
            one.running for one in self.known.values() if one.provider == place.provider_name
        )
        return place.rank.most_at_once is not None and running >= place.rank.most_at_once

    @contextmanager
    def asking(self, place: Place, *, first: bool = True) -> Iterator[None]:
        """The time an order is at a place. Raises ProviderError when it may not go there now."""
        timed = self.calls.timed(place.provider_name, place.model)
        if place.provider.repeatable:
            with timed:
                yield
            return
        route = self.of(place)
        asked = self._begun(route, place)
        self._count(route, place, asked, first=first)
        route.running += 1
        try:
            with timed:
                yield
        except ProviderError as error:
            self._failed(route, asked, error)
            raise
        except BaseException:
            route.breaker.said_nothing(asked)
            raise
        else:
            self._succeeded(route, asked)
        finally:
            route.running -= 1

    def _begun(self, route: Route, place: Place) -> Asked:
        """Raises NotAsked, with the time to wait where it is only a rest."""
        breaker = route.breaker
        full = self._full(place)
        asked = None if full else breaker.begin()
        if asked:
            return asked
        if full or self.breakers:
            rest_s = breaker.rest_s if breaker.open_until is None and not full else 0.0
            words = f"breaker {breaker.state}, {route.running} running, {breaker.rest_s:.1f} s rest"
            raise NotAsked(place, words, rest_s or None)
        return "order"

    def _count(self, route: Route, place: Place, asked: Asked, *, first: bool) -> None:
        """Count an order at the moment it is sent. Raises NoTryLeft."""
        if first:
            self.budget.requested()
        elif not self.budget.take() and self.breakers:
            route.breaker.said_nothing(asked)
            raise NoTryLeft(place, "too many further tries")

    @property
    def tries_left(self) -> bool:
        return self.budget.left or not self.breakers

    def out_of_time(self, place: Place) -> None:
        """A place that had an order did not answer in time."""
        if place.provider.repeatable:
            return
        route = self.of(place)
        route.breaker.ran_out()
        late = f"{place.provider_name} did not answer in time"
        self._troubled(route, ProviderError(late, outcome="unknown", detail="out of time"))

    def _succeeded(self, route: Route, asked: Asked) -> None:
        route.breaker.succeeded(asked)
        route.succeeded += 1
        route.last_success_at, route.account_in_trouble = self.now(), False

    def _failed(self, route: Route, asked: Asked, error: ProviderError) -> None:
        if error.reason in CALLERS_OWN:
            route.breaker.said_nothing(asked)
            return
        if error.reason == "capacity" and error.retry_after:
            route.breaker.has_no_room(asked, error.retry_after)
        else:
            route.breaker.failed(asked)
        self._troubled(route, error)

    def _troubled(self, route: Route, error: ProviderError) -> None:
        route.failed += 1
        account = error.reason == "provider_account"
        words = account_trouble(route.provider, error.detail) if account else error.message
        route.trouble = Trouble(self.now(), error.outcome, error.reason, error.detail, words)
        if account and not route.account_in_trouble:
            log.warning(
                "provider_account_in_trouble",
                provider=route.provider,
                upstream_model=route.upstream_model,
                words=words,
                detail=error.detail,
            )
        route.account_in_trouble = account


def none_open(routes: Sequence[Route]) -> ServiceUnavailable:
    waits = min((route.breaker.wait_s for route in routes), default=0.0)
    wait = max(1, min(ceil(waits), LONGEST_TOLD_S))
    resting = any(route.breaker.rest_s for route in routes)
    what = "has no room" if resting else "does not answer"
    error = ServiceUnavailable(
        f"the provider of this model {what} at the moment, so it is not asked; nothing was "
        f"charged. Try again in {wait} s",
        retry_after=wait,
    )
    error.retryable = True
    return error
