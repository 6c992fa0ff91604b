"""The line to a provider breaks at any byte: it is asked once at most, and the books say so."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.invariants import breaches, until_finished
from tests.faults.load import (
    EACH,
    MODEL,
    Answer,
    Callers,
    blobs,
    calling,
    looking,
    started,
    wanted,
)
from tests.faults.referee import Referee
from tests.servers import Server, a_key, administer
from tests.standins.openai import OpenAIStandIn
from tests.standins.proxy import End, FaultProxy, Script, Way, proxied

from limner.app import Limner
from limner.db.base import Database
from limner.settings import Settings

BREAKS = 20
WHOLE_BETWEEN = 2
"""Or a place that fails so often would be left alone for a while."""
SENT, ANSWERED = 700, 9000
"""More bytes than a request and an answer have: some lines break behind them, so not at all."""
PICTURE_BYTES = 6000
HEARD_S = 0.03
"""For the server to notice that a connection it kept is gone, before it would use it again."""
ENDS: tuple[End, ...] = ("fin", "reset")
BOOKED = """
    SELECT j.state, j.charged, j.outcome,
           (SELECT COUNT(*) FROM posting WHERE job_id = j.id AND kind = 'loss')
    FROM job j WHERE j.id = :job_id
"""
RIGHT = {
    "completed": (EACH, "ran", 0),
    "failed": (0, "unknown", 1),
}
"""What else is booked of a job that ended so, once its provider may have heard of it."""
NOT_HEARD_OF = (0, "known_not_run", 0)


def broken(number: int, chance: random.Random) -> Script:
    """One way for a connection to be, of five in turn."""
    end = chance.choice(ENDS)
    return (
        Script(refuse=True),
        Script(to=Way(most=chance.randrange(SENT)), end=end),
        Script(back=Way(most=chance.randrange(ANSWERED)), end=end),
        Script(back=Way(most=chance.randrange(100)), end=end),
        Script(to=Way(drip_s=0.00001), back=Way(delay_s=0.05)),
    )[number % 5]


@dataclass(frozen=True, slots=True)
class House:
    server: Server
    database: Database
    callers: Callers
    referee: Referee
    line: FaultProxy

    async def ask(self, script: Script) -> Answer:
        """Ask for a picture while new lines are like this; asserts that all agree about it."""
        self.line.otherwise = script
        self.line.cut()
        await self.line.until_left()
        await asyncio.sleep(HEARD_S)
        body = wanted()
        answer = await self.callers.post(f"{self.server.api}/images/generations", json=body)
        asked = self.referee.asked(str(body["prompt"]))
        assert asked <= 1, script
        rows = await self.database.fetch(BOOKED, {"job_id": answer.job_id})
        assert len(rows) == 1, (script, answer)
        state, *booked = rows[0]
        assert (answer.status == 200) == (state == "completed"), (script, answer)
        right = RIGHT[str(state)] if asked or answer.status != 502 else NOT_HEARD_OF
        assert (*booked,) == right, (script, answer)
        return answer


@asynccontextmanager
async def house(settings: Settings) -> AsyncIterator[House]:
    async with OpenAIStandIn(least=PICTURE_BYTES) as standin, proxied(standin.base_url) as line:

        async def work(limner: Limner) -> None:
            serves = {MODEL: MODEL}
            await limner.configs.add(
                "host", "openai", base_url=line.url, api_key="sk-standin", serves=serves
            )

        await administer(settings, work)
        key = await a_key(settings, "live", credits=1000 * EACH)
        async with (
            calling(key) as callers,
            started(settings) as server,
            looking(settings) as database,
        ):
            yield House(server, database, callers, Referee(standin), line)


async def test_wherever_the_line_to_a_provider_breaks_it_is_asked_once_and_booked_rightly(
    database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(seed := os.urandom(8).hex())
    print(f"seed {seed}")
    settings = Settings(data_dir=tmp_path, database_url=database_url, log_level="error")
    told: Counter[tuple[int, str]] = Counter()
    async with house(settings) as one:
        for number in range(BREAKS):
            answer = await one.ask(broken(number, chance))
            told[answer.status, answer.code] += 1
            for _ in range(WHOLE_BETWEEN):
                assert (await one.ask(Script())).status == 200
        assert await until_finished(one.database, 10) == []
        assert await breaches(one.database, blobs(settings)) == []
    assert told.keys() <= {(200, ""), (502, "provider_error"), (504, "job_timeout")}, told
    assert told[200, ""] > 0
    assert told[504, "job_timeout"] > 0
