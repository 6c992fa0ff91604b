"""What an admission must fit into: rates of its key and workspace, places, budgets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from limner.accounts.api_key import Caller
from limner.accounts.limits import Limits

Measure: TypeAlias = Literal["requests", "images", "pixels"]
MEASURES: tuple[Measure, ...] = ("requests", "images", "pixels")
MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What may pass within a minute for one key or one workspace; None is no limit."""

    scope: str
    """The id of the key or the workspace."""
    owner: str
    """As messages call it: `this key`, `this workspace`."""
    requests: int | None = None
    images: int | None = None
    pixels: int | None = None

    def lines(self) -> Iterator[tuple[Measure, int]]:
        """What is limited, and to how much."""
        for measure in MEASURES:
            most = getattr(self, measure)
            if most is not None:
                yield measure, most


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one request. Only what is limited is ever looked at, so that no limits cost nothing."""

    rates: tuple[Rate, ...] = ()
    images: int = 1
    pixels: int = 0
    most_running: int | None = None
    """How many jobs of the key may run at the same time."""
    budgets: tuple[str, ...] = ()
    """The scopes that have a budget, as far as is known; the database knows for sure."""

    def wants(self, measure: Measure) -> int:
        return 1 if measure == "requests" else getattr(self, measure)


UNBOUND = Bounds()


def rates_of(caller: Caller) -> tuple[Rate, ...]:
    """Of the key and of its workspace, as far as they are limited.

    Live and test work of a workspace are worlds of their own and are counted apart.
    """
    workspace = caller.workspace_id if caller.mode == "live" else f"{caller.workspace_id}/test"
    both = (
        rate_of(caller.key_id, "this key", caller.limits),
        rate_of(workspace, "this workspace", caller.options),
    )
    return tuple(rate for rate in both if any(rate.lines()))


def rate_of(scope: str, owner: str, limits: Limits) -> Rate:
    megapixels = limits.megapixels_per_minute
    return Rate(
        scope,
        owner,
        requests=limits.requests_per_minute,
        images=limits.images_per_minute,
        pixels=None if megapixels is None else megapixels * MEGA,
    )


def bounds_of(caller: Caller, images: int, pixels: int) -> Bounds:
    """What a request of a caller must fit into."""
    budgets = []
    if caller.limits.max_budget_monthly_credits is not None:
        budgets.append(caller.key_id)
    if caller.options.max_budget_monthly_credits is not None and caller.mode == "live":
        budgets.append(caller.workspace_id)
    return Bounds(
        rates_of(caller),
        images=images,
        pixels=pixels,
        most_running=caller.limits.max_concurrent,
        budgets=tuple(budgets),
    )
