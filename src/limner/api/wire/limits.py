"""The JSON of limits and options, as administrators set and see them; amounts are in credits."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from limner import money
from limner.accounts.limits import Chains, Limits, Options
from limner.errors import InvalidParams
from limner.jobs.bounds import MEGA
from limner.jobs.spent import Spent
from limner.ledger.budgets import Budget
from limner.retention import PATTERN

Count: TypeAlias = Annotated[int, Meta(ge=1, le=10**9)] | UnsetType | None
Credits: TypeAlias = Annotated[float, Meta(ge=0, le=money.LARGEST // money.MICRO)]
MaybeCredits: TypeAlias = Credits | UnsetType | None
AMOUNTS = {"max_credits_per_request", "max_budget_monthly_credits", "credits_low"}


class KeyLimits(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What a key may do. In a change, what is left out stays and null takes a limit away."""

    requests_per_minute: Count = UNSET
    images_per_minute: Count = UNSET
    megapixels_per_minute: Count = UNSET
    max_concurrent: Count = UNSET
    max_credits_per_request: MaybeCredits = UNSET
    max_budget_monthly_credits: MaybeCredits = UNSET

    def changes(self) -> dict[str, int | float | bool | str | Chains | None]:
        """With amounts in micro-credits. Raises InvalidParams for too many decimals."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: micro(name, value) for name, value in given.items() if value is not UNSET}


class WorkspaceOptions(
    KeyLimits, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What a workspace may do, and how it is served. Rates and budget are for all its keys
    together, `max_concurrent` and `max_credits_per_request` for each of them."""

    sync_wait_s: Annotated[float, Meta(ge=0, le=300)] | UnsetType | None = UNSET
    log_prompts: bool | UnsetType | None = UNSET
    fallbacks: dict[str, tuple[str, ...]] | UnsetType | None = UNSET
    fallback_on_unknown: bool | UnsetType | None = UNSET
    markup_percent: Annotated[int, Meta(ge=-100, le=1000)] | UnsetType | None = UNSET
    retention: Annotated[str, Meta(extra_json_schema={"pattern": PATTERN})] | UnsetType | None = (
        UNSET
    )
    """`none`, `forever`, or hours or days such as `36h` and `7d`."""
    cache: bool | UnsetType | None = UNSET
    """Whether a picture that was drawn before will do, where a request says nothing."""
    mark_ai: bool | UnsetType | None = UNSET
    """Whether pictures say in their metadata that a machine made them."""
    sign_pictures: bool | UnsetType | None = UNSET
    """Whether pictures without content credentials are given some."""
    strip_metadata: bool | UnsetType | None = UNSET
    """Whether pictures it sends lose their metadata before a provider gets them."""
    guard: Annotated[str, Meta(min_length=1, max_length=63)] | UnsetType | None = UNSET
    """A guard of the server's settings, or `none`."""
    credits_low: MaybeCredits = UNSET


class BudgetBody(msgspec.Struct, frozen=True):
    """`resets` is the day (of UTC) on which the budget begins anew."""

    credits: float
    charged: float
    held: float
    resets: str


class SpentBody(msgspec.Struct, frozen=True, kw_only=True):
    """Of the last minute, of now, and of this month."""

    requests: int
    images: int
    megapixels: float
    running: int
    budget: BudgetBody | None


def micro(name: str, value: float | None) -> int | float | None:
    if name not in AMOUNTS or value is None:
        return value
    try:
        return money.parsed(f"{value:.7f}".rstrip("0").rstrip("."))
    except ValueError as error:
        raise InvalidParams(f"{name}: {error}; nothing was changed", param=name) from None


def key_limits(limits: Limits) -> KeyLimits:
    return msgspec.convert(shown(limits), KeyLimits)


def workspace_options(options: Options) -> WorkspaceOptions:
    return msgspec.convert(shown(options), WorkspaceOptions)


def shown(limits: Limits) -> dict[str, float]:
    """What is set, with amounts in credits."""
    given = {name: getattr(limits, name) for name in limits.__struct_fields__}
    return {
        name: money.wire(value) if name in AMOUNTS else value
        for name, value in given.items()
        if value is not None
    }


def spent_body(spent: Spent) -> SpentBody:
    return SpentBody(
        requests=spent.requests,
        images=spent.images,
        megapixels=round(spent.pixels / MEGA, 3),
        running=spent.running,
        budget=budget_body(spent.budget) if spent.budget else None,
    )


def budget_body(budget: Budget) -> BudgetBody:
    return BudgetBody(
        credits=money.wire(budget.most),
        charged=money.wire(budget.charged),
        held=money.wire(budget.held),
        resets=budget.resets,
    )
