"""A server that is struck at a fail point while requests come, and what becomes of each."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.experiments.struck_house import ENDED_WITHIN_S, LEASE_S, House
from tests.experiments.ways import WAYS, Action, Became, Left, Way
from tests.faults.load import started
from tests.servers import Server

SIGKILL = -9
REPEATED = ("try", "task", "finish", "fail", "tell")
"""Points around what is tried again when it fails, and so met once more."""
Struck = tuple[str, Became]
"""What was done, as the table calls it, and what became of the request."""


@dataclass(frozen=True, slots=True)
class Play:
    """Which of the requests to a server meets which action, counted from 1; the others none."""

    strikes: Mapping[int, Action]
    delay_s: float

    @property
    def last(self) -> int:
        return max(self.strikes)

    def done(self, number: int) -> str:
        """What a request met. Where nothing is done, the same becomes of it as after a wait."""
        action = self.strikes.get(number, "delay")
        outlasts = action == "delay" and number in self.strikes and self.delay_s > LEASE_S
        return "late" if outlasts else action

    def environ(self, point: str) -> dict[str, str]:
        said, again = [], 0
        for number, action in sorted(self.strikes.items()):
            seconds = f":{self.delay_s:g}" if action == "delay" else ""
            said.append(f"{point}={action}{seconds}@{number + again}")
            again += action == "error" and point.partition(".")[0] in REPEATED
        return {"LIMNER_FAIL_POINTS": ",".join(said)}


async def struck(
    house: House, point: str, way: str, play: Play, well: Server | None
) -> list[Struck]:
    """Send requests to a server one by one; `well` is another beside it, or comes after it."""
    sent: list[tuple[str, Way, str]] = []
    async with started(house.settings, play.environ(point)) as server:
        for number in range(1, play.last + 1):
            action, request = play.strikes.get(number), WAYS[way](house, server)
            began = time.monotonic()
            answer = await request.send()
            if action == "kill":
                await died(server)
            else:
                await request.dealt_with()
            waited = time.monotonic() - began >= play.delay_s
            assert action != "delay" or waited, f"{point} {way}: nothing waited at {number}"
            sent.append((play.done(number), request, answer))
    async with beside(house, well) as sound:
        await over(house)
        return [(done, await one.came(sound, answer)) for done, one, answer in sent]


async def taken_over(house: House, point: str, play: Play) -> list[Struck]:
    """Leave jobs behind, and strike the server that takes them over."""
    requests = []
    async with started(house.settings) as dying:
        for _ in range(play.last):
            requests.append(Left(house, dying))
            await requests[-1].send()
        dying.kill()
    async with started(house.settings, play.environ(point)) as server:
        if "kill" in play.strikes.values():
            await died(server)
        else:
            await over(house)
    async with started(house.settings) as sound:
        await over(house)
        came = [await one.came(sound, await one.answered()) for one in requests]
    return [(play.done(number), what) for number, what in enumerate(came, start=1)]


@asynccontextmanager
async def beside(house: House, well: Server | None) -> AsyncIterator[Server]:
    if well is not None:
        yield well
        return
    async with started(house.settings) as after:
        yield after


async def died(server: Server) -> None:
    code = await asyncio.to_thread(server.process.wait, ENDED_WITHIN_S)
    assert code == SIGKILL, f"a server that was to be killed ended with {code}"


async def over(house: House) -> None:
    """Wait until every job has ended and everybody was told; claims of the dead end at once."""
    left = await house.over()
    assert not left, f"not over: {left}"
    await house.until_told()
