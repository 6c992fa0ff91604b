"""Options that set limits, and limits in a few words; amounts are in credits."""

from collections.abc import Mapping
from typing import Annotated, TypeAlias

import msgspec
import typer

from limner import money
from limner.accounts.api_key import ApiKey
from limner.accounts.limits import Chains, Limits
from limner.accounts.workspace import Workspace
from limner.api.wire.limits import AMOUNTS, shown
from limner.jobs.bounds import MEGA
from limner.jobs.spent import Spent

NONE = "none"
Limit: TypeAlias = str | None


def option(name: str, about: str, metavar: str = "NUMBER") -> typer.models.OptionInfo:
    info: typer.models.OptionInfo = typer.Option(
        name, metavar=metavar, help=f"{about}; none takes the limit away."
    )
    return info


Requests = Annotated[Limit, option("--requests-per-minute", "Requests that create, in any minute")]
Images = Annotated[Limit, option("--images-per-minute", "Images asked for in any minute")]
Megapixels = Annotated[Limit, option("--megapixels-per-minute", "Megapixels in any minute")]
Concurrent = Annotated[Limit, option("--max-concurrent", "Generations of a key at the same time")]
PerRequest = Annotated[
    Limit, option("--max-credits-per-request", "The price of one request", "CREDITS")
]
Budget = Annotated[
    Limit,
    option("--max-budget-monthly-credits", "Credits in a calendar month of UTC", "CREDITS"),
]
CreditsLow = Annotated[
    Limit, option("--credits-low", "Tell when less than this is left", "CREDITS")
]
Markup = Annotated[
    Limit, option("--markup-percent", "What it is charged beyond list prices", "PERCENT")
]
SyncWait = Annotated[
    Limit, option("--sync-wait-s", "How long requests wait for their pictures", "SECONDS")
]


def changes(given: Mapping[str, Limit]) -> dict[str, int | float | bool | str | Chains | None]:
    """What was typed, as a change; what was not is left out. Ends the command for a non-number."""
    return {name: value_of(name, text) for name, text in given.items() if text is not None}


def value_of(name: str, text: str) -> int | float | None:
    if text.lower() == NONE:
        return None
    try:
        if name in AMOUNTS:
            return money.parsed(text)
        return float(text) if name == "sync_wait_s" else int(text)
    except ValueError:
        flag = f"--{name.replace('_', '-')}"
        raise typer.BadParameter(f"{flag}: {text[:40]!r} is neither a number nor none") from None


def in_words(limits: Limits) -> str:
    """What is set, on one line."""
    said = [
        words.format(money.shown(value) if name in AMOUNTS else value)
        for name, words in WORDS.items()
        if (value := getattr(limits, name, None)) is not None
    ]
    for slug, others in (getattr(limits, "fallbacks", None) or {}).items():
        said.append(f"{slug} or {', '.join(others)}")
    if getattr(limits, "fallback_on_unknown", False):
        said.append("fallback although it may be paid twice")
    if retention := getattr(limits, "retention", None):
        said.append(f"pictures kept: {retention}")
    if getattr(limits, "cache", False):
        said.append("pictures drawn before will do")
    for name, on, off in SAID_OF_PICTURES:
        if (said_so := getattr(limits, name, None)) is not None:
            said.append(on if said_so else off)
    if guard := getattr(limits, "guard", None):
        said.append(f"guard {guard}")
    if getattr(limits, "log_prompts", False):
        said.append("prompts logged")
    return ", ".join(said) or "-"


def in_json(owner: ApiKey | Workspace) -> dict[str, object]:
    """All there is to know of a key or a workspace, its amounts in credits."""
    told: dict[str, object] = msgspec.to_builtins(owner)
    if isinstance(owner, Workspace):
        return told | {"options": shown(owner.options)}
    return told | {"limits": shown(owner.limits)}


SAID_OF_PICTURES = (
    ("mark_ai", "pictures marked", "pictures not marked"),
    ("sign_pictures", "pictures signed", "pictures not signed"),
    ("strip_metadata", "metadata removed", "metadata kept"),
)
WORDS = {
    "requests_per_minute": "{} requests/min",
    "images_per_minute": "{} images/min",
    "megapixels_per_minute": "{} megapixels/min",
    "max_concurrent": "{} at once",
    "max_credits_per_request": "{} credits a request",
    "max_budget_monthly_credits": "{} credits a month",
    "sync_wait_s": "waits {:g} s",
    "markup_percent": "markup {} %",
    "credits_low": "told below {} credits",
}


def used_lines(spent: Spent) -> list[str]:
    """What of it is used, a line each."""
    lines = [
        f"in the last minute: {spent.requests} requests, {spent.images} images, "
        f"{spent.pixels / MEGA:g} megapixels",
        f"running: {spent.running}",
    ]
    if budget := spent.budget:
        lines.append(
            f"this month: {money.shown(budget.charged)} of {money.shown(budget.most)} credits "
            f"spent, {money.shown(budget.held)} held; begins anew on {budget.resets}"
        )
    return lines
