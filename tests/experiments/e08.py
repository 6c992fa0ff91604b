"""E08, named fail points: each one dies, fails and waits, the first and the third time it is met.

The table says what then becomes of the request: what its caller is answered, how its hold ends
(`lost` is released with a loss booked), how often it was sent to the provider and drawn there, and
what is found by whoever collects it later: a picture, a file, or why there is none. `cut` is a
connection that breaks, `late` a wait that outlasts a lease. What a kill leaves is closed by another
server. At the end everything is as it was before, all rules hold and everything is swept.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.experiments.liveness import not_well
from tests.experiments.run import Run
from tests.experiments.strikes import Play, struck, taken_over
from tests.experiments.struck_house import House, house
from tests.experiments.sweeping import swept
from tests.experiments.ways import ALONE, LEFT, Became
from tests.faults.invariants import breaches
from tests.faults.load import blobs, started
from tests.servers import Server

from limner.failpoints import NAMES

SHORT = 5
"""Of the rows, `ROUNDS` is all of them; which ones is left to chance."""
LANES, SHORT_LANES = 3, 2
"""Points that are tried at the same time beside a server that is well, and one lane without."""
DELAY_S, SHORT_DELAY_S = 30.0, 0.5

TABLE = """
point           way     action answer                   hold     sent drawn found
admit.before    drawn   kill   cut                      none     0    0     nothing
admit.before    drawn   error  service_unavailable      none     0    0     nothing
admit.before    drawn   delay  200                      settled  1    1     picture
admit.after     drawn   kill   cut                      lost     0    0     internal_error
admit.after     drawn   error  service_unavailable      lost     0    0     internal_error
admit.after     drawn   delay  200                      settled  1    1     picture
admit.after     drawn   late   service_unavailable      lost     0    0     internal_error
provider.before drawn   kill   cut                      lost     0    0     internal_error
provider.before drawn   error  provider_error           released 0    0     provider_error
provider.before drawn   delay  200                      settled  1    1     picture
try.before      again   kill   cut                      lost     1    0     internal_error
try.before      again   error  200                      settled  2    1     picture
try.before      again   delay  200                      settled  2    1     picture
try.after       again   kill   cut                      lost     1    0     internal_error
try.after       again   error  200                      settled  2    1     picture
try.after       again   delay  200                      settled  2    1     picture
task.before     task    kill   cut                      lost     1    1     internal_error
task.before     task    error  200                      settled  1    1     picture
task.before     task    delay  200                      settled  1    1     picture
task.after      task    kill   cut                      settled  1    1     picture
task.after      task    error  200                      settled  1    1     picture
task.after      task    delay  200                      settled  1    1     picture
provider.after  drawn   kill   cut                      lost     1    1     internal_error
provider.after  drawn   error  job_timeout              lost     1    1     provider_error
provider.after  drawn   delay  200                      settled  1    1     picture
store.before    drawn   kill   cut                      lost     1    1     internal_error
store.before    drawn   error  storage_unavailable      lost     1    1     storage_unavailable
store.before    drawn   delay  200                      settled  1    1     picture
store.after     drawn   kill   cut                      lost     1    1     internal_error
store.after     drawn   error  storage_unavailable      lost     1    1     storage_unavailable
store.after     drawn   delay  200                      settled  1    1     picture
file.before     filed   kill   cut                      lost     1    1     internal_error
file.before     filed   error  200                      settled  1    1     picture
file.before     filed   delay  200                      settled  1    1     file
file.after      filed   kill   cut                      lost     1    1     internal_error
file.after      filed   error  200                      settled  1    1     picture
file.after      filed   delay  200                      settled  1    1     file
finish.before   drawn   kill   cut                      lost     1    1     internal_error
finish.before   drawn   error  200                      settled  1    1     picture
finish.before   drawn   delay  200                      settled  1    1     picture
finish.after    drawn   kill   cut                      settled  1    1     picture
finish.after    drawn   error  200                      settled  1    1     picture
finish.after    drawn   delay  200                      settled  1    1     picture
fail.before     refused kill   cut                      lost     1    0     internal_error
fail.before     refused error  content_policy_violation released 1    0     content_policy_violation
fail.before     refused delay  content_policy_violation released 1    0     content_policy_violation
fail.after      refused kill   cut                      released 1    0     content_policy_violation
fail.after      refused error  job_timeout              released 1    0     content_policy_violation
fail.after      refused delay  content_policy_violation released 1    0     content_policy_violation
answer.before   drawn   kill   cut                      settled  1    1     picture
answer.before   drawn   error  job_timeout              settled  1    1     picture
answer.before   drawn   delay  200                      settled  1    1     picture
answer.before   stream  kill   cut                      settled  1    1     picture
answer.before   stream  error  cut                      settled  1    1     picture
answer.before   stream  delay  200                      settled  1    1     picture
tell.before     told    kill   job_timeout              settled  1    1     told
tell.before     told    error  job_timeout              settled  1    1     told
tell.before     told    delay  job_timeout              settled  1    1     told
tell.after      told    kill   job_timeout              settled  1    1     told*2
tell.after      told    error  job_timeout              settled  1    1     told*2
tell.after      told    delay  job_timeout              settled  1    1     told
takeover.after  left    kill   cut                      lost     1    1     internal_error
takeover.after  left    error  cut                      lost     1    1     internal_error
takeover.after  left    delay  cut                      lost     1    1     internal_error
upload.before   upload  kill   cut                      none     0    0     nothing
upload.before   upload  error  service_unavailable      none     0    0     nothing
upload.before   upload  delay  201                      none     0    0     file
upload.after    upload  kill   cut                      none     0    0     file
upload.after    upload  error  service_unavailable      none     0    0     file
upload.after    upload  delay  201                      none     0    0     file
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One point met in one way: what becomes of the request, by what is done there."""

    point: str
    way: str
    becomes: Mapping[str, Became]


def rows() -> list[Row]:
    found: dict[tuple[str, str], dict[str, Became]] = {}
    for line in TABLE.strip().splitlines()[1:]:
        point, way, action, answer, hold, sent, drawn, what = line.split()
        became = Became(answer, hold, int(sent), int(drawn), what)
        found.setdefault((point, way), {})[action] = became
    return [Row(*key, becomes) for key, becomes in found.items()]


ROUNDS = len(rows())


def plays(*, short: bool) -> list[Play]:
    if short:
        return [Play({1: "error", 2: "delay", 3: "kill"}, SHORT_DELAY_S)]
    return [
        Play({1: "error", 3: "error"}, DELAY_S),
        Play({1: "delay", 3: "delay"}, DELAY_S),
        Play({1: "kill"}, DELAY_S),
        Play({3: "kill"}, DELAY_S),
    ]


async def experiment(run: Run) -> list[str]:
    table = rows()
    listed = {row.point for row in table}
    found = [f"{name} is not in the table" for name in NAMES if name not in listed]
    chosen = run.chance().sample(table, min(run.rounds, len(table)))
    together = [row for row in chosen if row.way not in ALONE]
    count = SHORT_LANES if run.short else LANES
    lanes = [together[number::count] for number in range(count)]
    lanes.append([row for row in chosen if row.way in ALONE])
    done = [lane(run, f"lane {number}", part) for number, part in enumerate(lanes) if part]
    return found + [line for lines in await asyncio.gather(*done) for line in lines]


async def lane(run: Run, name: str, table: Sequence[Row]) -> list[str]:
    """Try some points one after the other, then look at what is left of it all."""
    alone = table[0].way in ALONE
    async with house(run, name, told=alone) as one:
        found = []
        async with AsyncExitStack() as stack:
            well = None if alone else await stack.enter_async_context(started(one.settings))
            for row in table:
                for play in plays(short=run.short):
                    found += await tried(one, row, play, well)
            if well is None:
                well = await stack.enter_async_context(started(one.settings))
            found += await not_well(one.database, well, one.callers)
        found += await swept(one.settings, one.database)
        return found + await breaches(one.database, blobs(one.settings))


async def tried(one: House, row: Row, play: Play, well: Server | None) -> list[str]:
    """What became of the requests of one play otherwise than the table says."""
    try:
        if row.way == LEFT:
            became = await taken_over(one, row.point, play)
        else:
            became = await struck(one, row.point, row.way, play, well)
    except AssertionError as wrong:
        return [f"{row.point} {row.way}, {play.environ(row.point)}: {wrong}"]
    found = []
    for number, (done, what) in enumerate(became, start=1):
        told = row.becomes.get(done) or row.becomes["delay"]
        if what != told:
            found.append(f"{row.point} {row.way}, {done} at {number}: {what}, not {told}")
    return found
