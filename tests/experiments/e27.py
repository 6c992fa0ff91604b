"""E27, idempotency: requests come again, side by side, changed, elsewhere, late, and by themselves.

Two servers share a database. Fifty requests with one key and body at once are one job; the key
with another body is refused and does nothing; in another workspace, and on another route, it is
another key; 255 characters are a key and 256 are none; a request that was refused leaves its key
free for one that is right; after 24 hours by the database's clock it stands for nothing any more,
and not a minute before. The openai client sends again by itself when its connection is cut,
anywhere from the first byte to the middle of the answer, and gets its picture: one job, one hold,
one charge, one generation (P5, I3, I10).
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import openai
from tests.experiments.houses import Pair, keys, pair
from tests.experiments.liveness import Size, not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches
from tests.faults.load import EACH, MODEL, SIZE, Answer, Callers, blobs, calling, wanted
from tests.faults.referee import Referee
from tests.jobs.orders import run as by_hand
from tests.standins.pictures import drawn
from tests.standins.proxy import End, Script, Way, proxied

from limner.ids import new_id

ROUNDS = 100
SHORT = 1
AT_ONCE = 50
PICTURE_BYTES = 30_000
SLOW = "[[standin:delay=0.2]]"
MINUTE_US = 60 * 1_000_000
DAY_US = 24 * 60 * MINUTE_US
JOBS = """
    SELECT COUNT(*), COUNT(h.job_id), COALESCE(SUM(j.charged), 0)
    FROM job j JOIN workspace w ON w.id = j.workspace_id LEFT JOIN hold h ON h.job_id = j.id
    WHERE w.name = :name
"""
AGED = "UPDATE idempotency SET at = at - CAST(:by AS BIGINT) WHERE key = :key"


@dataclass(frozen=True, slots=True)
class Desk:
    """A workspace that nobody else uses, with a caller and a name for requests."""

    two: Pair
    referee: Referee
    callers: Callers
    secret: str
    chance: random.Random
    key: str

    async def ask(self, body: dict[str, Any], at: int = 0, key: str | None = None) -> Answer:
        url = f"{self.two.servers[at % 2].api}/images/generations"
        return await self.callers.post(url, {"idempotency-key": key or self.key}, json=body)

    def drawn(self, body: dict[str, Any], times: int = 1) -> list[str]:
        asked = self.referee.asked(str(body["prompt"]))
        return [] if asked == times else [f"I10: asked for {asked} times, not {times}"]


def order(marker: str = "") -> dict[str, Any]:
    """Links are signed anew each time, so pictures come in the answer: repeats are alike then."""
    return wanted(marker=marker, response_format="b64_json")


def same(first: Answer, again: Answer) -> list[str]:
    """Whether an answer is that of an earlier request, told again."""
    told = again.status, again.headers.get("idempotent-replayed"), again.job_id, again.body
    right = 200, "true", first.job_id, first.body
    return (
        [] if told == right else [f"P5: {again.status} {again.code} {again.job_id} was no repeat"]
    )


def is_refused(answer: Answer, status: int, code: str) -> list[str]:
    told = answer.status, answer.code
    return [] if told == (status, code) else [f"P5: {told} and not {(status, code)}"]


def is_new(answer: Answer, *others: Answer) -> list[str]:
    """Whether an answer is that of a job of its own."""
    others_ids = {other.job_id for other in others}
    good = answer.status == 200 and "idempotent-replayed" not in answer.headers
    if good and answer.job_id not in others_ids:
        return []
    return [f"P5: {answer.status} {answer.code} {answer.job_id} was no new job"]


async def at_once(desk: Desk) -> list[str]:
    body = order(SLOW)
    answers = await asyncio.gather(*(desk.ask(body, number) for number in range(AT_ONCE)))
    good = [answer for answer in answers if answer.status == 200]
    first = next((one for one in good if "idempotent-replayed" not in one.headers), answers[0])
    wrong = [line for one in good if one is not first for line in same(first, one)]
    for busy in (answer for answer in answers if answer.status != 200):
        wrong += is_refused(busy, 409, "idempotency_in_progress")
        told = busy.body["error"].get("job_id"), busy.headers.get("x-should-retry")
        wrong += [] if told == (first.job_id, "false") else [f"P5: busy, but told {told}"]
    for number in range(2):
        wrong += same(first, await desk.ask(body, number))
    return wrong + desk.drawn(body)


async def other_body(desk: Desk) -> list[str]:
    body = order()
    first = await desk.ask(body)
    wrong = is_new(first)
    others = (body | {"n": 2}, body | {"size": "512x512"}, order(), body | {"stream": True})
    for number, other in enumerate(others):
        answer = await desk.ask(other, number)
        wrong += is_refused(answer, 409, "idempotency_mismatch")
        wrong += ["P5: told the job of another body"] if answer.job_id else []
    return wrong + same(first, await desk.ask(body, 1)) + desk.drawn(body)


async def other_workspace(desk: Desk) -> list[str]:
    body = order()
    first = await desk.ask(body)
    name = new_id("w").replace("_", "-").lower()
    key = (await keys(desk.two.settings, [name]))[name]
    async with calling(key) as others:
        theirs = await replace(desk, callers=others).ask(body, 1)
    return is_new(first) + is_new(theirs, first) + desk.drawn(body, 2)


async def other_route(desk: Desk) -> list[str]:
    body = order()
    first = await desk.ask(body)
    form = aiohttp.FormData({"model": MODEL, "size": SIZE, "prompt": str(body["prompt"])})
    form.add_field("image", drawn(256, 256, "png", 0), filename="a.png", content_type="image/png")
    url = f"{desk.two.servers[1].api}/images/edits"
    edited = await desk.callers.post(url, {"idempotency-key": desk.key}, data=form)
    return is_new(first) + is_new(edited, first) + same(first, await desk.ask(body))


async def long_keys(desk: Desk) -> list[str]:
    body, longest = order(), (desk.key + "." * 255)[:255]
    good = await desk.ask(body, key=longest)
    refused = await desk.ask(order(), key=longest + ".")
    wrong = is_new(good) + is_refused(refused, 400, "validation_failed")
    if refused.body["error"].get("param") != "Idempotency-Key":
        wrong.append(f"P5: {refused.body['error']} names no header")
    return wrong + same(good, await desk.ask(body, 1, key=longest))


async def put_right(desk: Desk) -> list[str]:
    body = order()
    refused = [await desk.ask(body | {"n": 99}), await desk.ask(body | {"size": "1x1"}, 1)]
    wrong = [line for one in refused for line in is_refused(one, 400, "validation_failed")]
    good = await desk.ask(body, 1)
    return wrong + is_new(good) + same(good, await desk.ask(body)) + desk.drawn(body)


async def a_day_later(desk: Desk) -> list[str]:
    body = order()
    first = await desk.ask(body)
    await by_hand(desk.two.database, AGED, {"by": DAY_US - MINUTE_US, "key": desk.key})
    late = await desk.ask(body, 1)
    await by_hand(desk.two.database, AGED, {"by": 2 * MINUTE_US, "key": desk.key})
    anew = await desk.ask(body)
    again = await desk.ask(body, 1)
    return same(first, late) + is_new(anew, first) + same(anew, again) + desk.drawn(body, 2)


async def resent(desk: Desk) -> list[str]:
    body = order(SLOW)

    async def asked() -> None:
        await desk.referee.until_asked(str(body["prompt"]))

    end: End = desk.chance.choice(("fin", "reset"))
    moments = (
        Script(refuse=True),
        Script(to=Way(most=desk.chance.randint(1, 150)), end=end),
        Script(at=asked, end=end),
        Script(back=Way(most=desk.chance.randint(0, 400)), end=end),
        Script(back=Way(most=desk.chance.randint(401, PICTURE_BYTES)), end=end),
    )
    script = desk.chance.choice(moments)
    async with cut(desk, script) as client:
        images = await client.images.generate(**body)
    good = images.data and images.data[0].b64_json
    wrong = [] if good else ["P5: the client got no picture"]
    return [f"{line}, {end} at {script}" for line in wrong + desk.drawn(body)]


@asynccontextmanager
async def cut(desk: Desk, script: Script) -> AsyncIterator[openai.AsyncOpenAI]:
    """The openai client, whose first connection is cut."""
    async with (
        proxied(desk.two.servers[0].api, script) as proxy,
        openai.AsyncOpenAI(base_url=proxy.url, api_key=desk.secret) as client,
    ):
        yield client


CASES: Mapping[str, tuple[Callable[[Desk], Awaitable[list[str]]], int]] = {
    "at once": (at_once, 1),
    "other body": (other_body, 1),
    "other workspace": (other_workspace, 1),
    "other route": (other_route, 2),
    "long keys": (long_keys, 1),
    "put right": (put_right, 1),
    "a day later": (a_day_later, 2),
    **{f"resent, {number}": (resent, 1) for number in range(1, 5)},
}
"""What is tried, and the jobs its workspace has afterwards."""


async def experiment(run: Run) -> list[str]:
    async with pair(run, PICTURE_BYTES) as two:
        found: list[str] = []
        sizes: list[Size] = []
        referee = Referee(two.standin)
        for number in range(run.rounds):
            names = {
                case: f"{number}-{case.replace(', ', '-').replace(' ', '-')}" for case in CASES
            }
            secrets = await keys(two.settings, list(names.values()))
            lines = await asyncio.gather(
                *(
                    tried(two, referee, case, name, secrets[name], run.chance(number, case))
                    for case, name in names.items()
                )
            )
            found += [line for several in lines for line in several]
            sizes = sizes or [size_of(server) for server in two.servers]
        async with AsyncExitStack() as stack:
            after = (await keys(two.settings, ["after"]))["after"]
            callers = await stack.enter_async_context(calling(after))
            for server, size in zip(two.servers, sizes, strict=True):
                found += await not_well(two.database, server, callers, size)
        return found + await breaches(two.database, blobs(two.settings))


async def tried(
    two: Pair, referee: Referee, case: str, name: str, secret: str, chance: random.Random
) -> list[str]:
    """One case, in a workspace of its own."""
    work, jobs = CASES[case]
    async with calling(secret) as callers:
        found = await work(Desk(two, referee, callers, secret, chance, new_id("k")))
    (row,) = await two.database.fetch(JOBS, {"name": name})
    right = (jobs, jobs, jobs * EACH)
    if tuple(int(value or 0) for value in row) != right:
        found.append(f"I3: jobs, holds and charges are {row}, not {right}")
    return [f"{name}: {line}" for line in found]
