"""The JSON of a usage report, and its rows in a spreadsheet."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import UNSET, UnsetType

from limner import money
from limner.jobs.usage import Ended, Line, Sum

FIELDS = {
    "day": ("day",),
    "workspace": ("workspace_id", "workspace"),
    "model": ("model",),
    "key": ("key_id", "key_name"),
}
"""What a line is called by, for each thing that lines can be grouped by."""
COUNTS = ("requests", "images", "credits_used", "failed", "credits_refunded")
OF_REQUESTS = (
    "timestamp",
    "model",
    "api_key_id",
    "prompt_tokens",
    "completion_tokens",
    "credits_used",
    "request_id",
    "latency_ms",
    "fallback_depth",
)


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the keys and workspaces of a report, by id."""

    keys: Mapping[str, str] = field(default_factory=dict)
    workspaces: Mapping[str, str] = field(default_factory=dict)


class UsageTotals(msgspec.Struct, frozen=True, kw_only=True):
    requests: int
    images: int
    credits_used: float
    failed: int
    credits_refunded: float


class UsageLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Only those of the first six are there that `group_by` asks for."""

    day: str | UnsetType = UNSET
    workspace_id: str | UnsetType = UNSET
    workspace: str | UnsetType = UNSET
    model: str | UnsetType = UNSET
    key_id: str | UnsetType = UNSET
    key_name: str | UnsetType = UNSET
    requests: int
    images: int
    credits_used: float
    failed: int
    credits_refunded: float


class UsageList(msgspec.Struct, frozen=True, kw_only=True):
    """`start` is part of the time and `end` is not; both are unix seconds."""

    object: str
    mode: str
    start: int
    end: int
    group_by: str
    data: list[UsageLine]
    totals: UsageTotals


def usage_line(line: Line, names: Names) -> UsageLine:
    said = called(line, names)
    return UsageLine(
        day=said.get("day", UNSET),
        workspace_id=said.get("workspace_id", UNSET),
        workspace=said.get("workspace", UNSET),
        model=said.get("model", UNSET),
        key_id=said.get("key_id", UNSET),
        key_name=said.get("key_name", UNSET),
        requests=line.sum.requests,
        images=line.sum.pictures,
        credits_used=money.wire(line.sum.charged),
        failed=line.sum.failed,
        credits_refunded=money.wire(line.sum.refunded),
    )


def usage_totals(total: Sum) -> UsageTotals:
    return UsageTotals(
        requests=total.requests,
        images=total.pictures,
        credits_used=money.wire(total.charged),
        failed=total.failed,
        credits_refunded=money.wire(total.refunded),
    )


def called(line: Line, names: Names) -> dict[str, str]:
    """The names of a line, and for ids what people call them."""
    said: dict[str, str] = {}
    for kind, name in line.names.items():
        if kind == "key":
            said |= {"key_id": name, "key_name": names.keys.get(name, "")}
        elif kind == "workspace":
            said |= {"workspace_id": name, "workspace": names.workspaces.get(name, "")}
        else:
            said[kind] = name
    return said


def headings(by: Sequence[str]) -> list[str]:
    return [*(name for kind in by for name in FIELDS[kind]), *COUNTS]


def sheet_row(line: Line, names: Names) -> list[str | int]:
    """A line under `headings`; credits are exact, as text."""
    total = line.sum
    sums = (total.requests, total.pictures, money.shown(total.charged), total.failed)
    return [*called(line, names).values(), *sums, money.shown(total.refunded)]


def request_row(one: Ended) -> list[str | int | None]:
    """A request under `OF_REQUESTS`."""
    return [
        stamp(one.ended_at),
        one.model,
        one.key_id,
        one.tokens_in,
        one.tokens_out,
        money.shown(one.charged),
        one.request_id,
        (one.ended_at - one.created_at) // 1000,
        max(one.tries - 1, 0),
    ]


def stamp(microseconds: int) -> str:
    moment = datetime.datetime.fromtimestamp(microseconds / 1_000_000, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{microseconds // 1000 % 1000:03}Z"
