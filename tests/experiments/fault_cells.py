"""One cell of E17: an order that meets a fault, and what came of it otherwise than expected."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tests.experiments.fault_house import EACH, House, slug
from tests.experiments.fault_table import SILENT, TOLD_TO_WAIT, Expected
from tests.experiments.upstreams import Upstream
from tests.faults.load import Answer, wanted

from limner import money

Where: TypeAlias = Literal["alone", "beside", "one of several"]
"""Who meets the fault: all of an order; the same, with another provider beside; one of its calls.
"""
LOOK_S = 0.1
BOOKED = """
    SELECT j.try_no, j.state, j.charged, j.outcome, h.state,
           (SELECT COALESCE(SUM(amount), 0) FROM posting WHERE job_id = j.id AND kind = 'settle'),
           (SELECT COUNT(*) FROM posting WHERE job_id = j.id AND kind = 'loss'),
           (SELECT COALESCE(SUM(amount), 0) FROM posting WHERE job_id = j.id AND kind = 'loss'),
           (SELECT COUNT(*) FROM artifact WHERE job_id = j.id)
    FROM job j JOIN hold h ON h.job_id = j.id WHERE j.id = :job_id
"""


@dataclass(frozen=True, slots=True)
class Cell:
    upstream: Upstream
    line: Expected
    form: str
    n: int
    where: Where = "alone"

    @property
    def goes_elsewhere(self) -> bool:
        """Only an order that surely did not run may."""
        return self.where == "beside" and self.line.outcome == "known_not_run"

    @property
    def delivered(self) -> int:
        if self.where == "one of several":
            return self.n - 1
        return self.n if self.line.answer == "200" or self.goes_elsewhere else 0

    @property
    def status(self) -> int:
        return 200 if self.delivered else self.line.status

    @property
    def lost(self) -> int:
        """Pictures that are the operator's loss."""
        if self.line.hold != "lost":
            return 0
        return 1 if self.where == "one of several" else self.n

    @property
    def calls(self) -> tuple[int, int]:
        """How often the provider is asked, and how often it does what it is asked."""
        line, calls = self.line, self.upstream.calls(self.n)
        if self.where == "one of several":
            return self.n, self.n - 1 + line.drawn
        again = 1 if self.goes_elsewhere and line.asked else line.asked
        return calls * again, calls * line.drawn

    @property
    def marker(self) -> str:
        if self.line.line:
            return ""
        stage = "" if self.line.stage == "order" else f"{self.line.stage}."
        often = {"all": "", "once": f"*{self.upstream.calls(self.n)}"}[self.line.times]
        often = "*1" if self.where == "one of several" and self.line.stage == "order" else often
        return f"[[standin:{stage}{self.line.fault}{often}]]"

    @property
    def model(self) -> str:
        beside = self.where == "beside"
        return slug(self.upstream, self.line.line, soon=self.lasts, beside=beside)

    @property
    def lasts(self) -> bool:
        """Whether it ends only when the order's time is over."""
        asks_on = self.line.line == "cut" and bool(self.upstream.order_path)
        return self.line.lasts or asks_on

    @property
    def is_told_to_wait(self) -> bool:
        told = self.line.fault == "429_retry_after" and self.line.stage == "order"
        return told and self.line.answer == "200" and self.form != "defer"

    @property
    def is_flood(self) -> bool:
        return self.line.fault.endswith("flood")

    @property
    def is_long(self) -> bool:
        """Whether one question or one link is waited for longer than a short run may take."""
        silent = self.line.fault in SILENT and not self.lasts
        dead_links = self.line.stage == "picture" and self.line.times == "all"
        return silent or (dead_links and self.upstream.each)

    @property
    def takes_time(self) -> bool:
        return self.lasts or self.is_long or self.line.answer == "service_unavailable"

    def __str__(self) -> str:
        line = self.line
        return (
            f"{self.upstream.name}, {line.stage} {line.fault} {line.times}, {self.form}, "
            f"n={self.n}, {self.where}"
        )


def cells_of(upstream: Upstream) -> Iterator[Cell]:
    for line in upstream.expected:
        for form in upstream.forms:
            for n in upstream.counts:
                yield Cell(upstream, line, form, n)
                of_orders = line.stage == "order" and line.times == "all"
                if of_orders:
                    yield Cell(upstream, line, form, n, "beside")
                if of_orders and upstream.calls(n) > 1 and not line.line:
                    yield Cell(upstream, line, form, n, "one of several")


async def tried(house: House, cell: Cell) -> list[str]:
    """What came of a cell otherwise than expected, a line each."""
    behind = house.behind[cell.upstream.name]
    body = wanted(cell.n, cell.marker, model=cell.model, size="1024x1024", **cell.upstream.more)
    prompt = str(body["prompt"])
    async with AsyncExitStack() as stack:
        if cell.line.line == "cut":
            await stack.enter_async_context(behind.cutter.alone)
        before = behind.cutter.orders(cell.upstream.order_path)
        began = time.monotonic()
        answer, wrong = await asked(house, cell.form, body)
        took_s = time.monotonic() - began
        if not answer.job_id:
            return [f"{cell}: {answer.status} {answer.code} {answer.problem} without a job"]
        job = await ended(house, answer.job_id)
        cut = behind.cutter.orders(cell.upstream.order_path) - before
    wrong += misanswered(cell, answer)
    wrong += misstated(cell, job)
    wrong += await misbooked(house, cell, answer.job_id)
    wrong += await not_fetched(house, cell, job)
    again, drawn = behind.tally.of(prompt)
    again += cut if cell.line.line == "cut" else 0
    wrong += miscounted(cell, (again, drawn), house.spare.of(prompt))
    if cell.is_told_to_wait and took_s < 1.0:
        wrong.append(f"asked again after {took_s:.2f} s")
    return [f"{cell}: {line}" for line in wrong]


async def asked(house: House, form: str, body: dict[str, Any]) -> tuple[Answer, list[str]]:
    if form == "stream":
        followed = await house.callers.follow(house.server.api, body)
        return followed.answer(), followed.misled()
    headers = {"prefer": "wait=0"} if form == "defer" else {}
    url = f"{house.server.api}/images/generations"
    return await house.callers.post(url, headers, json=body), []


async def ended(house: House, job_id: str) -> dict[str, Any]:
    while True:
        job = await house.callers.job(house.server.api, job_id)
        if job["status"] in ("completed", "failed"):
            return job
        await asyncio.sleep(LOOK_S)


def misanswered(cell: Cell, answer: Answer) -> Iterator[str]:
    """Status, code, id of the job, credits, and whether it may be sent again."""
    told, status = (answer.status, answer.code), cell.status
    right = status, "" if status == 200 else cell.line.answer
    if cell.form == "defer" and told == (504, "job_timeout"):
        status, right = told[0], told  # it may be over before its caller is sent away
    if told != right:
        yield f"answered {told}, not {right}"
        return
    if not answer.headers.get("x-request-id"):
        yield "no x-request-id"
    if status == 200:
        yield from partly(cell, answer)
        return
    error = answer.body["error"]
    says = error.get("job_id"), error["credits_used"], error["retryable"]
    if says != (answer.job_id if status == 504 else None, 0, False):
        yield f"the error says {says}"
    if cell.form == "stream":
        return
    if answer.headers.get("x-should-retry") != "false":
        yield f"x-should-retry is {answer.headers.get('x-should-retry')}"
    wait = TOLD_TO_WAIT[cell.line.fault] if status == 503 else None
    if answer.headers.get("retry-after") != wait:
        yield f"retry-after is {answer.headers.get('retry-after')}, not {wait}"


def partly(cell: Cell, answer: Answer) -> Iterator[str]:
    if len(answer.body["data"]) != cell.delivered:
        yield f"{len(answer.body['data'])} pictures, not {cell.delivered}"
    cost = cell.delivered * EACH / money.MICRO
    if answer.body["credits_used"] != cost:
        yield f"I7: {answer.body['credits_used']} credits, not {cost}"
    if cell.form == "wait":
        part = f"{cell.delivered}/{cell.n}" if cell.delivered < cell.n else None
        if answer.headers.get("x-infery-partial") != part:
            yield f"x-infery-partial is {answer.headers.get('x-infery-partial')}"


def misstated(cell: Cell, job: dict[str, Any]) -> Iterator[str]:
    """What the job says of itself afterwards."""
    code = "provider_error" if cell.line.answer == "job_timeout" else cell.line.answer
    state, why = ("completed", None) if cell.delivered else ("failed", code)
    right = state, why, cell.delivered
    told = job["status"], job.get("error_code"), len(job.get("data") or ())
    if told != right:
        yield f"the job says {told}, not {right}"
    if job["credits_used"] != cell.delivered * EACH / money.MICRO:
        yield f"I7: the job says {job['credits_used']} credits"


async def misbooked(house: House, cell: Cell, job_id: str) -> list[str]:
    (row,) = await house.database.fetch(BOOKED, {"job_id": job_id})
    tries, *told = row
    cost = cell.delivered * EACH
    right = [
        "completed" if cell.delivered else "failed",
        cost,
        "ran" if cell.delivered else cell.line.outcome,
        "settled" if cell.delivered else "released",
        cost,
        int(cell.lost > 0),
        cell.lost * EACH,
        cell.delivered,
    ]
    most = 1 if cell.line.outcome == "unknown" or cell.line.stage != "order" else 3
    wrong = [] if told == right else [f"booked {told}, not {right}"]
    return wrong if int(tries or 0) <= most else [*wrong, f"I10: {tries} tries"]


async def not_fetched(house: House, cell: Cell, job: dict[str, Any]) -> list[str]:
    if job["status"] != "completed":
        return []
    count = len(await house.callers.digests(house.server.api, job["id"]))
    return [] if count == cell.delivered else [f"I11: {count} pictures can be fetched"]


def miscounted(cell: Cell, here: tuple[int, int], there: tuple[int, int]) -> Iterator[str]:
    """Whether anybody drew more often than they may have been asked to."""
    if here != cell.calls:
        yield f"I10: asked and drawn {here}, not {cell.calls}"
    beside = cell.n if cell.goes_elsewhere else 0
    if there != (beside, beside):
        yield f"I10: whoever stands beside was asked for and drew {there}, not {beside}"
