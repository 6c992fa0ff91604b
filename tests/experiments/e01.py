"""E01, double-spend storm: 200 callers at once, through two servers, on credits for 37 pictures.

In each round a fresh workspace has exactly that much. The stand-in answers after 50 to 500 ms.
Exactly 37 requests are accepted, drawn, paid for and can be collected; the rest get 402. Balances
and holds add up at the end (I1 to I4), and answer, header, job, ledger and the reports of each key
and of the workspace tell the same sums (I7).
"""

import asyncio
import json
import random
from collections import Counter
from contextlib import AsyncExitStack

from tests.experiments.houses import Pair, pair
from tests.experiments.liveness import not_well
from tests.experiments.run import Run
from tests.faults.invariants import breaches, until_finished
from tests.faults.load import EACH, Answer, Callers, blobs, calling
from tests.servers import Server, a_key

from limner import money

ROUNDS = 50
SHORT = 1
CALLERS = 200
ENOUGH_FOR = 37
TOLD = {(200, ""): ENOUGH_FOR, (402, "insufficient_credits"): CALLERS - ENOUGH_FOR}
LEFT = """
    SELECT w.plan + w.topup, w.plan_held + w.topup_held
    FROM wallet w JOIN workspace s ON s.id = w.workspace_id
    WHERE s.name = :name AND w.ledger = 'live'
"""


async def experiment(run: Run) -> list[str]:
    async with pair(run) as two:
        found = []
        for number in range(run.rounds):
            found += await storm(two, f"round {number}", run.chance(number))
        found += [f"I9: {job_id}" for job_id in await until_finished(two.database, 30)]
        key = await a_key(two.settings, "live", credits=1000 * EACH, workspace="after")
        async with calling(key) as callers:
            for server in two.servers:
                found += await not_well(two.database, server, callers)
        return found + await breaches(two.database, blobs(two.settings))


async def storm(two: Pair, workspace: str, chance: random.Random) -> list[str]:
    """One round, in a workspace of its own; the stand-in's log is the referee."""
    asked = len(two.standin.asked)
    async with AsyncExitStack() as stack:
        callers = []
        for funds in (ENOUGH_FOR * EACH, 0):
            key = await a_key(two.settings, "live", credits=funds, workspace=workspace)
            callers.append(await stack.enter_async_context(calling(key)))
        answers = await asyncio.gather(
            *(
                callers[number // 2 % 2].draw(two.servers[number % 2].api, marker=delay(chance))
                for number in range(CALLERS)
            )
        )
        good = [answer for answer in answers if answer.status == 200]
        collected = [untrue(two.servers[0], callers[0], answer) for answer in good]
        wrong = [line for lines in await asyncio.gather(*collected) for line in lines]
        wrong += await misreported(two.servers[1], callers[0])
    told = Counter((answer.status, answer.code or answer.problem) for answer in answers)
    drawn = len(two.standin.asked) - asked
    if told != TOLD or drawn != ENOUGH_FOR:
        wrong.append(f"{told} and {drawn} drawn, for {ENOUGH_FOR}")
    left = await two.database.fetch(LEFT, {"name": workspace})
    if left != [(0, 0)]:
        wrong.append(f"I2: left and held are {left}")
    return [f"{workspace}: {line}" for line in wrong]


def delay(chance: random.Random) -> str:
    return f"[[standin:delay={chance.uniform(0.05, 0.5):.3f}]]"


async def untrue(server: Server, callers: Callers, answer: Answer) -> list[str]:
    """Whether an answer tells what its job does, and what it costs."""
    told = [picture["sha256"] for picture in answer.body["data"]]
    collected = await callers.digests(server.api, answer.job_id)
    costs = (answer.body["credits_used"], answer.headers["x-credits-used"])
    wrong = [] if told == collected else [f"I11: {told} was answered, {collected} collected"]
    return wrong if costs == (1.6, "1.6") else [*wrong, f"I7: {answer.job_id} cost {costs}"]


async def misreported(server: Server, callers: Callers) -> list[str]:
    """Whether the reports of the keys add up to that of the workspace, and that to the charges."""
    _, body = await callers.get(f"{server.api}/usage?group_by=key")
    report = json.loads(body)
    by_key = sum(round(line["credits_used"] * money.MICRO) for line in report["data"])
    whole = round(report["totals"]["credits_used"] * money.MICRO)
    if by_key == whole == ENOUGH_FOR * EACH:
        return []
    return [f"I7: {by_key} by keys, {whole} in all"]
