"""What a process has learnt of the places models run at: which fail, which are full or well.

Each process learns for itself. In-house places, which cost nobody anything, are not watched.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from limner.clock import Clock, monotonic, wall
from limner.errors import ServiceUnavailable
from limner.generation.attempts import NotAsked, Place
from limner.generation.breaker import Breaker
from limner.generation.retry_budget import RetryBudget
from limner.providers.base import Outcome, ProviderError, Reason

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
    known: dict[tuple[str, str], Route] = field(default_factory=dict)
    budget: RetryBudget = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", RetryBudget(self.clock))

    def of(self, place: Place) -> Route:
        key = (place.provider_name, place.upstream_model)
        if key not in self.known:
            self.known[key] = Route(*key, Breaker(self.clock))
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
    def asking(self, place: Place) -> Iterator[None]:
        """The time an order is at a place. Raises ProviderError when it may not go there now."""
        if place.provider.repeatable:
            yield
            return
        route = self.of(place)
        if self._full(place) or not (route.breaker.begin() or not self.breakers):
            raise NotAsked(place, f"breaker {route.breaker.state}, {route.running} running")
        route.running += 1
        try:
            yield
        except ProviderError as error:
            self._failed(route, error)
            raise
        except BaseException:
            route.breaker.said_nothing()
            raise
        else:
            self._succeeded(route)
        finally:
            route.running -= 1

    def requested(self) -> None:
        self.budget.requested()

    def may_try_again(self) -> bool:
        return self.budget.take() or not self.breakers

    def out_of_time(self, place: Place) -> None:
        """A place that had an order did not answer in time."""
        self._failed(self.of(place), ProviderError("", outcome="unknown", detail="out of time"))

    def _succeeded(self, route: Route) -> None:
        route.breaker.succeeded()
        route.succeeded += 1
        route.last_success_at, route.account_in_trouble = self.now(), False

    def _failed(self, route: Route, error: ProviderError) -> None:
        if error.reason in CALLERS_OWN:
            route.breaker.said_nothing()
            return
        route.breaker.failed()
        route.failed += 1
        route.trouble = Trouble(self.now(), error.outcome, error.reason, error.detail)
        route.account_in_trouble = error.reason == "provider_account"


def none_open(routes: Sequence[Route]) -> ServiceUnavailable:
    waits = min((route.breaker.wait_s for route in routes), default=0.0)
    wait = max(1, min(round(waits), LONGEST_TOLD_S))
    error = ServiceUnavailable(
        "the provider of this model does not answer at the moment, so it is not asked; nothing was "
        f"charged. Try again in {wait} s",
        retry_after=wait,
    )
    error.retryable = True
    return error
