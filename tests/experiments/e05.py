"""E05, partial delivery: four pictures are ordered and a provider gives none to five of them.

It gives some twice, one too many, or something that is no picture among them, and is asked by
callers who wait, who follow a stream and who come back later. Each pays for the usable pictures
among the first four it was given, can fetch exactly those (I11), is told their price everywhere
alike (I7), and hears of those that are missing. Without any the order failed and costs nothing; an
answer without a picture at all is a refusal of its content, and nobody bills that. What the
operator lost with spoilt pictures is booked once (I8). The provider is asked once (I10).
"""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches
from tests.faults.load import (
    EACH,
    Answer,
    Callers,
    blobs,
    calling,
    host,
    looking,
    started,
    wanted,
)
from tests.faults.referee import Referee
from tests.servers import Server, a_key
from tests.standins.openai import Drawing, OpenAIStandIn

from limner import money
from limner.db.base import Database
from limner.settings import Settings

ROUNDS = 20
SHORT = 1
ORDERED = 4
Form = Literal["wait", "stream", "defer"]
Gift = int | Literal["text", "cut", "empty", "no base64"]
"""A picture of a number, or something that is none."""
REFUSED = "nothing"
GIFTS: Mapping[str, tuple[Gift, ...]] = {
    "nothing": (),
    "one": (0,),
    "two": (0, 1),
    "three": (0, 1, 2),
    "four": (0, 1, 2, 3),
    "one too many": (0, 1, 2, 3, 4),
    "one twice": (0, 1, 1, 2),
    "one four times": (0, 0, 0, 0),
    "a cut one": (0, "cut", 2, 3),
    "a text": ("text", 1, 2, 3),
    "one without base64": (0, 1, 2, "no base64"),
    "an empty one": (0, "empty", 2, 3),
    "one too many and a cut one": ("cut", 1, 2, 3, 4),
    "a picture among other things": ("cut", "text", 2, "empty"),
    "nothing usable": ("cut", "text", "no base64", "cut"),
}
MONEY = """
    SELECT j.state, j.charged,
           (SELECT COALESCE(SUM(amount), 0) FROM posting WHERE job_id = j.id AND kind = 'settle'),
           (SELECT COUNT(*) FROM posting WHERE job_id = j.id AND kind = 'loss'),
           (SELECT COALESCE(SUM(amount), 0) FROM posting WHERE job_id = j.id AND kind = 'loss'),
           (SELECT COUNT(*) FROM artifact WHERE job_id = j.id)
    FROM job j WHERE j.id = :job_id
"""


class Giver(OpenAIStandIn):
    """Gives what its prompt names in `GIFTS`."""

    def given(self, drawing: Drawing) -> list[str]:
        words = str(drawing.wanted["prompt"])
        named = [gift for gift in GIFTS if words.endswith(f"<{gift}>")]
        if not named:
            return super().given(drawing)
        return [self.one(drawing, item) for item in GIFTS[named[0]]]

    def one(self, drawing: Drawing, item: Gift) -> str:
        if isinstance(item, int):
            return self.drawn(drawing, item)
        whole = base64.b64decode(self.drawn(drawing, 0))
        spoilt = {"text": b"an error occurred", "cut": whole[: len(whole) // 2], "empty": b""}
        return "!" * 400 if item == "no base64" else base64.b64encode(spoilt[item]).decode()


@dataclass(frozen=True, slots=True)
class House:
    server: Server
    database: Database
    callers: Callers
    referee: Referee

    async def order(self, form: Form, gift: str) -> list[str]:
        """Order four pictures in one form; what is wrong with what came of it."""
        body = wanted(ORDERED, f"<{gift}>")
        answer = await self.asked(form, body)
        job = await self.ended(answer.job_id)
        usable = sum(isinstance(item, int) for item in GIFTS[gift][:ORDERED])
        wrong = misstated(job, usable)
        if form != "defer":
            wrong += misstated(answer.body, usable)
            wrong += [] if answer.status == status_of(gift, usable) else [f"{answer.status}"]
        if form == "wait" and answer.headers.get("x-infery-partial") != partial(usable):
            wrong.append(f"x-infery-partial is {answer.headers.get('x-infery-partial')}")
        if usable:
            fetched = await self.callers.digests(self.server.api, answer.job_id)
            told = [picture["sha256"] for picture in answer.body.get("data", job["data"])]
            wrong += [] if fetched == told else ["I11: other pictures were told than fetched"]
        spoilt = len(GIFTS[gift][:ORDERED]) - usable
        wrong += await self.booked_wrongly(answer.job_id, gift, usable, spoilt)
        if self.referee.asked(str(body["prompt"])) != 1:
            wrong.append(f"I10: asked for {self.referee.asked(str(body['prompt']))} times")
        return [f"{gift}, {form}: {line}" for line in wrong]

    async def asked(self, form: Form, body: dict[str, Any]) -> Answer:
        if form == "stream":
            return (await self.callers.follow(self.server.api, body)).answer()
        headers = {"prefer": "wait=0"} if form == "defer" else {}
        url = f"{self.server.api}/images/generations"
        return await self.callers.post(url, headers, json=body)

    async def ended(self, job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = {"status": "processing"}
        while job["status"] not in ("completed", "failed"):
            job = await self.callers.job(self.server.api, job_id)
            await asyncio.sleep(0.02)
        return job

    async def booked_wrongly(self, job_id: str, gift: str, usable: int, spoilt: int) -> list[str]:
        ((state, *amounts),) = await self.database.fetch(MONEY, {"job_id": job_id})
        cost = usable * EACH
        lost = 0 if gift == REFUSED else ORDERED
        nothing = ("failed", 0, 0, int(lost > 0), lost * EACH, 0)
        some = ("completed", cost, cost, int(spoilt > 0), spoilt * EACH, usable)
        right = some if usable else nothing
        rows = (state, *(int(amount or 0) for amount in amounts))
        return [] if rows == right else [f"I7: the rows say {rows}, not {right}"]


def status_of(gift: str, usable: int) -> int:
    """The status of an answer."""
    return 200 if usable else 400 if gift == REFUSED else 502


def misstated(body: dict[str, Any], usable: int) -> list[str]:
    """Whether the body of an answer or of a job has that many pictures, and their price."""
    said = body if "credits_used" in body else body["error"]
    pictures = len(body.get("data") or ())
    if (pictures, said["credits_used"]) == (usable, usable * EACH / money.MICRO):
        return []
    return [f"I7: {pictures} pictures for {said['credits_used']} credits, of {usable} usable ones"]


def partial(usable: int) -> str | None:
    """What the header says of pictures that are missing."""
    return f"{usable}/{ORDERED}" if 0 < usable < ORDERED else None


async def experiment(run: Run) -> list[str]:
    settings = Settings(data_dir=run.folder, database_url=run.fresh_url(), log_level="error")
    async with Giver() as standin:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=100_000 * EACH)
        async with (
            started(settings) as server,
            looking(settings) as database,
            calling(key) as callers,
        ):
            house = House(server, database, callers, Referee(standin))
            return await counted(run, settings, house)


async def counted(run: Run, settings: Settings, house: House) -> list[str]:
    found: list[str] = []
    before = None
    cases = [(form, gift) for gift in GIFTS for form in get_args(Form)]
    for number in range(run.rounds):
        run.chance(number).shuffle(cases)
        results = await asyncio.gather(*(house.order(form, gift) for form, gift in cases))
        found += [f"round {number}: {line}" for lines in results for line in lines]
        before = before or size_of(house.server)
    found += await not_well(house.database, house.server, house.callers, before)
    return found + await breaches(house.database, blobs(settings))
