"""The sliding minute: how much has passed for a key or a workspace, exact across processes.

The database counts, in the transaction that admits. Who was refused is remembered here, so that a
flood is answered from memory until there can be room again.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from limner.clock import Clock, monotonic
from limner.db.base import Database, Value, Values
from limner.errors import RateLimited
from limner.jobs import window_store as store
from limner.jobs.bounds import MEASURES, MEGA, Bounds, Measure, Rate

LENGTH_S = 60.25
"""A little more than a minute, for requests do not take equally long from their sender to here."""
MOST_BLOCKS = 10_000


@dataclass(frozen=True, slots=True)
class Used:
    """What passed in the window of one scope, on the database's clock."""

    now_us: int
    requests: int
    images: int
    pixels: int
    oldest_us: int | None
    free_us: tuple[int | None, ...]
    """For each measure, the moment of the row that must leave first."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A limit and what is left of it, as headers tell it."""

    most: int
    left: int
    reset_s: int
    """The unix second at which there is more again."""


@dataclass(frozen=True, slots=True)
class Block:
    """What cannot pass before a moment, and what to say of it."""

    until: float
    measure: Measure
    most: int
    wanted: int
    """Whoever wants as much or more is refused."""
    standing: Standing


class Window:
    def __init__(
        self,
        database: Database,
        *,
        length_s: float = LENGTH_S,
        status: int = RateLimited.status,
        clock: Clock = monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._status = status
        self._length_us = int(length_s * 1_000_000)
        self._blocks: dict[tuple[str, Measure], Block] = {}

    def refuse_blocked(self, bounds: Bounds) -> None:
        """Raises RateLimited for what was refused a moment ago and still cannot pass."""
        for rate in bounds.rates:
            for measure, most in rate.lines():
                block = self._blocks.get((rate.scope, measure))
                if block is None or block.most != most or bounds.wants(measure) < block.wanted:
                    continue
                left_s = block.until - self._clock()
                if left_s > 0:
                    raise self._refused(rate, block, left_s)

    def params(self, bounds: Bounds) -> dict[str, Value | list[Values]]:
        """What `PASS` runs with: once, or not at all where nothing is limited."""
        passes: list[Values] = []
        if bounds.rates:
            mosts: dict[str, Value] = {}
            for number, rate in enumerate((*bounds.rates, None)[:2], 1):
                for name in ("scope", *MEASURES):
                    mosts[f"{name}_{number}"] = getattr(rate, name, None)
            passes = [{**mosts, "images": bounds.images, "pixels": bounds.pixels}]
        return {"passes": passes, "window_us": self._length_us}

    async def refusal(self, bounds: Bounds) -> RateLimited | None:
        """Why a request does not pass; None when there is room for it after all."""
        for rate in bounds.rates:
            used = await self._used(rate, bounds)
            for measure, most in rate.lines():
                wanted = bounds.wants(measure)
                if wanted > most:
                    return self._never(rate, measure, most, wanted)
                if getattr(used, measure) + wanted > most:
                    return self._blocked(rate, measure, most, wanted, used)
        return None

    async def standing(self, rates: Iterable[Rate]) -> Standing | None:
        """The limit with the least left, requests before all else; None where there is none."""
        found: dict[bool, list[Standing]] = {True: [], False: []}
        for rate in rates:
            used = await self.used(rate.scope)
            for measure, most in rate.lines():
                found[measure == "requests"].append(self._standing(measure, most, used))
        return min(found[True] or found[False], key=lambda one: one.left, default=None)

    async def used(self, scope: str) -> Used:
        """What passed in the last minute, for whoever only wants to know."""
        return await self._used(Rate(scope, ""), Bounds())

    async def trim(self) -> None:
        """Let go of rows that nothing is measured from any more."""
        await self._database.write(store.TRIM, {"window_us": 2 * self._length_us})

    async def _used(self, rate: Rate, bounds: Bounds) -> Used:
        params: dict[str, Value] = {"scope": rate.scope, "window_us": self._length_us}
        for measure in MEASURES:
            params[f"{measure}_wanted"] = bounds.wants(measure)
            params[f"{measure}_most"] = getattr(rate, measure)
        (row,) = await self._database.fetch(store.WINDOW, params)
        now, *counts = cast(tuple[int, ...], row)
        requests, images, pixels = (count or 0 for count in counts[:3])
        return Used(now, requests, images, pixels, counts[3], tuple(counts[4:]))

    def _standing(self, measure: Measure, most: int, used: Used) -> Standing:
        leaves = used.now_us if used.oldest_us is None else used.oldest_us + self._length_us
        left = max(0, most - cast(int, getattr(used, measure)))
        unit = MEGA if measure == "pixels" else 1
        return Standing(most // unit, left // unit, math.ceil(leaves / 1_000_000))

    def _blocked(
        self, rate: Rate, measure: Measure, most: int, wanted: int, used: Used
    ) -> RateLimited:
        frees = used.free_us[MEASURES.index(measure)] or used.now_us
        wait_s = max(0.0, (frees + self._length_us - used.now_us) / 1_000_000)
        block = Block(
            self._clock() + wait_s, measure, most, wanted, self._standing(measure, most, used)
        )
        if len(self._blocks) >= MOST_BLOCKS:
            self._blocks.clear()
        self._blocks[rate.scope, measure] = block
        return self._refused(rate, block, wait_s)

    def _refused(self, rate: Rate, block: Block, wait_s: float) -> RateLimited:
        seconds = max(1, math.ceil(wait_s))
        error = RateLimited(
            f"Rate limit: {worded(block.measure, block.most)} per minute for {rate.owner}; "
            f"nothing was charged. Try again in {seconds} s",
            retry_after=seconds,
        )
        error.status, error.headers = self._status, standing_headers(block.standing)
        return error

    def _never(self, rate: Rate, measure: Measure, most: int, wanted: int) -> RateLimited:
        error = RateLimited(
            f"Rate limit: {worded(measure, most)} per minute for {rate.owner}, and this request "
            f"alone asks for {worded(measure, wanted)}; nothing was charged. Ask for less"
        )
        error.status, error.retryable = self._status, False
        return error


def worded(measure: Measure, count: int) -> str:
    unit, number = ("megapixels", count / MEGA) if measure == "pixels" else (measure, count)
    return f"{number:,.12g} {unit if number != 1 else unit[:-1]}"


def standing_headers(standing: Standing) -> tuple[tuple[str, str], ...]:
    return (
        ("x-ratelimit-limit", str(standing.most)),
        ("x-ratelimit-remaining", str(standing.left)),
        ("x-ratelimit-reset", str(standing.reset_s)),
    )
