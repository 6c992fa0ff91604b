"""What a key and a workspace may do: of several limits on the same thing the tightest counts.

Stored as JSON beside the key and the workspace. `None` leaves a thing to whoever is above: a key
to its workspace, a workspace to the server's settings. Amounts are micro-credits.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias, TypeVar

import msgspec

from limner import money
from limner.errors import InvalidParams
from limner.retention import PATTERN

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
Amount: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=money.LARGEST)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of a key; those of a workspace are in its options."""

    requests_per_minute: Count | None = None
    images_per_minute: Count | None = None
    megapixels_per_minute: Count | None = None
    max_concurrent: Count | None = None
    """Generations of a key that run at the same time."""
    max_credits_per_request: Amount | None = None
    max_budget_monthly_credits: Amount | None = None


class Options(Limits, frozen=True, kw_only=True, omit_defaults=True):
    """Of a workspace. Rates and budget are for all its keys together, the rest for each of them."""

    sync_wait_s: Annotated[float, msgspec.Meta(ge=0, le=300)] | None = None
    """As the setting of that name, for this workspace."""
    log_prompts: bool | None = None
    """Whether the request log may keep what people asked for."""
    markup_percent: Annotated[int, msgspec.Meta(ge=-100, le=1000)] | None = None
    """What it is charged beyond list prices, in place of the server's and the model's markup."""
    fallbacks: dict[str, tuple[str, ...]] | None = None
    """By slug, the models that answer when that one cannot, in order."""
    fallback_on_unknown: bool | None = None
    """Whether another is asked even where the one before may have drawn: that may be paid twice."""
    retention: str | None = None
    """How long its pictures are kept, in place of the server's `retention_s`."""
    cache: bool | None = None
    """Whether a picture that was drawn before will do, where a request says nothing."""
    mark_ai: bool | None = None
    """Whether its pictures say in their metadata that a machine made them."""
    sign_pictures: bool | None = None
    """Whether those without content credentials are given some."""
    strip_metadata: bool | None = None
    """Whether pictures it sends lose their metadata before a provider gets them."""
    guard: str | None = None
    """The guard of the server's settings that its requests have to pass; `none` for none."""
    credits_low: Amount | None = None
    """With less than this left, the workspace is told."""


NONE = Limits()
NO_OPTIONS = Options()

RATES = ("requests_per_minute", "images_per_minute", "megapixels_per_minute")
EACH_KEY = ("max_concurrent", "max_credits_per_request")
"""What a workspace or the server sets for each key rather than for all of them together."""

Struct = TypeVar("Struct", bound=Limits)
Chains: TypeAlias = Mapping[str, tuple[str, ...]]
Changes: TypeAlias = Mapping[str, int | float | bool | str | Chains | None]
"""Names of fields with their new values; None takes a limit away."""


def read(text: str, kind: type[Struct]) -> Struct:
    """What was stored. A name that this version does not know was written by a newer one."""
    return msgspec.json.decode(text, type=kind)


def written(limits: Limits) -> str:
    return msgspec.json.encode(limits).decode()


def changed(text: str, changes: Changes, kind: type[Limits]) -> str:
    """What is to be stored after a change. Raises InvalidParams naming what cannot be.

    Names that this version does not know are kept as they are.
    """
    fields = {**msgspec.json.decode(text, type=dict[str, object]), **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    check_retention(fields.get("retention"))
    try:
        msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        name = place.rstrip("`")
        raise InvalidParams(f"{name}: {said}; nothing was changed", param=name) from None
    return msgspec.json.encode(fields).decode()


def check_retention(word: object) -> None:
    """Raises InvalidParams for what is no time to keep pictures."""
    if isinstance(word, str) and not re.fullmatch(PATTERN, word, re.ASCII):
        raise InvalidParams(
            f"retention: {word[:40]!r} is no time to keep pictures: say none, forever, or hours or "
            "days such as 36h and 7d; nothing was changed",
            param="retention",
        )


def tightest(*values: int | None) -> int | None:
    """The smallest of those that are set."""
    return min((value for value in values if value is not None), default=None)


def of_key(server: Limits, workspace: Limits, key: Limits) -> Limits:
    """What holds for a key: rates and budget are its own, the rest is cut by all above it."""
    rates = {name: tightest(getattr(server, name), getattr(key, name)) for name in RATES}
    each = {name: tightest(*values(name, (server, workspace, key))) for name in EACH_KEY}
    return Limits(**rates, **each, max_budget_monthly_credits=key.max_budget_monthly_credits)


def values(name: str, levels: Iterable[Limits]) -> list[int | None]:
    return [getattr(level, name) for level in levels]
