"""The audit: every rule that can be checked from rows and blobs, on a live or a restored system."""

import time
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass

from limner.audit.job_rules import JOB_RULES
from limner.audit.losses import SAYS, overstated
from limner.audit.money_rules import MONEY_RULES
from limner.audit.rule import Breach, Rule
from limner.audit.stored import FILES, ORIGINALS, PICTURES, left_over, lost
from limner.audit.triggers import missing_triggers
from limner.db.base import Database
from limner.files.places import Stores

RULES: tuple[Rule, ...] = (*MONEY_RULES, *JOB_RULES)
MOST_NAMED = 20
"""Breaches of one rule that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One rule that was looked at: what breaks it, the first of it by name."""

    number: str
    says: str
    broken: int
    named: tuple[Breach, ...]
    seconds: float


async def audit(
    database: Database, blobs: Stores, *, read_bytes: bool = False
) -> AsyncGenerator[Checked, None]:
    """Check rule after rule. With `read_bytes` every blob is read and compared with its SHA-256."""
    protected = missing_triggers(database)
    yield await timed("I5", "what must never change is protected by the database", protected)
    for rule in RULES:
        yield await timed(rule.number, rule.says, broken(database, rule))
    yield await timed("I8", SAYS, listed(overstated(database)))
    for kind, store in ((PICTURES, blobs.pictures), (FILES, blobs.files)):
        gone = lost(database, kind, store, read_bytes=read_bytes)
        yield await timed(kind.number, kind.says, listed(gone))
        if kind is PICTURES:
            gone = lost(database, ORIGINALS, store, read_bytes=read_bytes)
            yield await timed(ORIGINALS.number, ORIGINALS.says, listed(gone))
        more = listed(left_over(database, kind, store))
        yield await timed("I15", f"{kind.name} that nobody may have are gone", more)


async def broken(database: Database, rule: Rule) -> list[Breach]:
    rows = await database.fetch(rule.breakers)
    return [Breach(rule.number, rule.says, ", ".join(map(str, row))) for row in rows]


async def listed(breaches: AsyncGenerator[Breach, None]) -> list[Breach]:
    return [breach async for breach in breaches]


async def timed(number: str, says: str, check: Awaitable[Sequence[Breach]]) -> Checked:
    began = time.monotonic()
    found = await check
    taken = time.monotonic() - began
    return Checked(number, says, len(found), tuple(found[:MOST_NAMED]), taken)
