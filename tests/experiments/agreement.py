"""What callers were told, what the rows say and what the stand-in did must be one story."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.experiments.ways import said
from tests.faults.load import EACH, Answer, Callers
from tests.faults.referee import Referee
from tests.servers import Server

from limner import money
from limner.db.base import Database

JOBS = "SELECT id, state, charged FROM job"
COLLECTING = 8


@dataclass(frozen=True, slots=True)
class Story:
    """What callers were told so far."""

    answers: list[Answer] = field(default_factory=list)

    def told(self) -> Counter[str]:
        return Counter(said(answer) for answer in self.answers)

    def otherwise(self, allowed: Sequence[str]) -> list[str]:
        """Answers that nobody may get."""
        told = self.told().items()
        return [f"{count} were told {what}" for what, count in told if what not in allowed]


@dataclass(frozen=True, slots=True)
class Books:
    """The jobs as the rows have them, by id: what was charged for those that completed."""

    accepted: set[str]
    completed: dict[str, int]


async def books(database: Database) -> Books:
    rows = await database.fetch(JOBS)
    completed = {str(row[0]): int(row[2] or 0) for row in rows if row[1] == "completed"}
    return Books({str(row[0]) for row in rows}, completed)


async def disagreements(
    story: Story, referee: Referee, database: Database, callers: Callers, server: Server
) -> list[str]:
    """What one of them tells otherwise, when all is over; a line each."""
    kept = await books(database)
    found = [line for answer in story.answers for line in untrue(answer, kept)]
    times = referee.asked_each()
    found += [f"I10: sent {count} times: {prompt}" for prompt, count in times.items() if count > 1]
    sent = sum(times.values())
    if not len(kept.completed) <= sent <= len(kept.accepted):
        found.append(f"{len(kept.completed)} completed, {sent} sent, {len(kept.accepted)} accepted")
    return found + await uncollected(kept, callers, server)


def untrue(answer: Answer, kept: Books) -> list[str]:
    """What an answer says otherwise than the rows."""
    if answer.status == 200:
        charged = kept.completed.get(answer.job_id)
        delivered = len(answer.body["data"]) * EACH
        costs = round(answer.body["credits_used"] * money.MICRO)
        if not charged == delivered == costs:
            return [f"I7: {answer.job_id}: {charged} in the rows, {costs} told for {delivered}"]
    elif answer.job_id and answer.job_id not in kept.accepted:
        return [f"I9: {answer.job_id} was told and does not exist"]
    return []


async def uncollected(kept: Books, callers: Callers, server: Server) -> list[str]:
    """Pictures that were paid for and cannot be had, or the reverse."""
    places = asyncio.Semaphore(COLLECTING)

    async def one(job_id: str, charged: int) -> list[str]:
        async with places:
            had = len(await callers.digests(server.api, job_id)) * EACH
        return [] if had == charged else [f"I11: {job_id}: {charged} charged, {had} had"]

    lines = await asyncio.gather(*(one(*item) for item in kept.completed.items()))
    return [line for some in lines for line in some]
