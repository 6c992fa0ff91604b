"""What becomes of an order whose provider fails, fault by fault: the word that limner is held to.

Written down from the failure modes that are promised, and read from no code of limner's. A line is
for orders that meet the fault at one stage: when they are given, when their task is asked for, when
a picture is fetched by its link. `times` says whether the fault strikes for good or once for each
call. `asked` and `drawn` are how often the provider is asked for each picture or call, and how many
of those it does. A hold is `settled`, `released`, or `lost`: released, and the operator's loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from tests.standins.faults import Stage

from limner.providers.base import Outcome

Times: TypeAlias = Literal["all", "once"]
Line: TypeAlias = Literal["", "away", "cut"]

TABLE = """
stage   fault              times outcome       answer                   hold     asked drawn
order   away               all   known_not_run provider_error           released 0     0
order   cut                all   unknown       job_timeout              lost     1     0
order   rst_after_body     all   unknown       job_timeout              lost     1     1
order   fin_after_body     all   unknown       job_timeout              lost     1     1
order   fin_mid_answer     all   unknown       job_timeout              lost     1     1
order   rst_mid_answer     all   unknown       job_timeout              lost     1     1
order   hang               all   unknown       job_timeout              lost     1     1
order   drip               all   unknown       job_timeout              lost     1     1
order   400_policy         all   ran           content_policy_violation released 1     0
order   401                all   known_not_run provider_error           released 1     0
order   429                once  ran           200                      settled  2     1
order   429                all   known_not_run service_unavailable      released 3     0
order   429_retry_after    once  ran           200                      settled  2     1
order   429_retry_after    all   known_not_run service_unavailable      released 3     0
order   429_retry_after=60 all   known_not_run service_unavailable      released 1     0
order   500                all   ran           provider_error           lost     1     0
order   502                all   unknown       job_timeout              lost     1     1
order   503                once  ran           200                      settled  2     1
order   503                all   known_not_run service_unavailable      released 3     0
order   524                all   unknown       job_timeout              lost     1     1
order   empty              all   ran           provider_error           lost     1     1
order   bad_json           all   ran           provider_error           lost     1     1
order   html               all   ran           provider_error           lost     1     1
order   flood              all   ran           provider_error           lost     1     1
order   untold_flood       all   ran           provider_error           lost     1     1
asked   rst_after_body     once  ran           200                      settled  1     1
asked   fin_mid_answer     once  ran           200                      settled  1     1
asked   hang               once  ran           200                      settled  1     1
asked   drip               once  ran           200                      settled  1     1
asked   401                once  ran           200                      settled  1     1
asked   429                once  ran           200                      settled  1     1
asked   429_retry_after    once  ran           200                      settled  1     1
asked   500                once  ran           200                      settled  1     1
asked   502                once  ran           200                      settled  1     1
asked   503                once  ran           200                      settled  1     1
asked   524                once  ran           200                      settled  1     1
asked   empty              once  ran           200                      settled  1     1
asked   bad_json           once  ran           200                      settled  1     1
asked   html               once  ran           200                      settled  1     1
asked   flood              once  ran           200                      settled  1     1
asked   rst_after_body     all   unknown       job_timeout              lost     1     1
asked   fin_mid_answer     all   unknown       job_timeout              lost     1     1
asked   hang               all   unknown       job_timeout              lost     1     1
asked   drip               all   unknown       job_timeout              lost     1     1
asked   401                all   unknown       job_timeout              lost     1     1
asked   429                all   unknown       job_timeout              lost     1     1
asked   500                all   unknown       job_timeout              lost     1     1
asked   502                all   unknown       job_timeout              lost     1     1
asked   503                all   unknown       job_timeout              lost     1     1
asked   524                all   unknown       job_timeout              lost     1     1
asked   empty              all   unknown       job_timeout              lost     1     1
asked   bad_json           all   unknown       job_timeout              lost     1     1
asked   html               all   unknown       job_timeout              lost     1     1
picture rst_after_body     once  ran           200                      settled  1     1
picture fin_mid_answer     once  ran           200                      settled  1     1
picture 429                once  ran           200                      settled  1     1
picture 500                once  ran           200                      settled  1     1
picture 502                once  ran           200                      settled  1     1
picture 503                once  ran           200                      settled  1     1
picture 524                once  ran           200                      settled  1     1
picture flood              once  ran           200                      settled  1     1
picture rst_after_body     all   ran           provider_error           lost     1     1
picture fin_mid_answer     all   ran           provider_error           lost     1     1
picture hang               all   unknown       job_timeout              lost     1     1
picture drip               all   unknown       job_timeout              lost     1     1
picture 401                all   ran           provider_error           lost     1     1
picture 500                all   ran           provider_error           lost     1     1
picture 502                all   ran           provider_error           lost     1     1
picture 503                all   ran           provider_error           lost     1     1
picture 524                all   ran           provider_error           lost     1     1
picture empty              all   ran           provider_error           lost     1     1
picture html               all   ran           provider_error           lost     1     1
picture flood              all   ran           provider_error           lost     1     1
"""

OTHERWISE: Mapping[str, str] = {
    # No word of these servers' refusals is known, so that a 400 is one of a parameter.
    "compatible": """
order   400_policy         all   known_not_run validation_failed        released 1     0
""",
    # These refuse for content when they have drawn: see `moderated`.
    "bfl": """
order   400_policy         all   known_not_run validation_failed        released 1     0
order   moderated          all   ran           content_policy_violation released 1     1
""",
    "suno": """
order   400_policy         all   known_not_run validation_failed        released 1     0
order   moderated          all   ran           content_policy_violation released 1     1
""",
    "fal": """
order   400_policy         all   known_not_run validation_failed        released 1     0
order   moderated          all   ran           content_policy_violation released 1     0
""",
    # Orders have names here that limner gave them, so what is queued is found by its name, and
    # when time is over they are taken out of the queue: who heeds that will draw nothing more.
    "named": """
order   rst_after_body     all   ran           200                      settled  1     1
order   fin_after_body     all   ran           200                      settled  1     1
order   fin_mid_answer     all   ran           200                      settled  1     1
order   rst_mid_answer     all   ran           200                      settled  1     1
order   400_policy         all   known_not_run provider_error           released 1     0
order   500                all   unknown       job_timeout              lost     1     0
order   502                all   ran           200                      settled  1     1
order   524                all   ran           200                      settled  1     1
order   empty              all   ran           200                      settled  1     1
order   bad_json           all   ran           200                      settled  1     1
order   html               all   ran           200                      settled  1     1
order   flood              all   ran           200                      settled  1     1
order   untold_flood       all   ran           200                      settled  1     1
asked   rst_after_body     all   ran           provider_error           lost     1     1
asked   fin_mid_answer     all   ran           provider_error           lost     1     1
asked   401                all   ran           provider_error           lost     1     1
asked   429                all   ran           provider_error           lost     1     1
asked   500                all   ran           provider_error           lost     1     1
asked   502                all   ran           provider_error           lost     1     1
asked   503                all   ran           provider_error           lost     1     1
asked   524                all   ran           provider_error           lost     1     1
asked   empty              all   ran           provider_error           lost     1     1
asked   bad_json           all   ran           provider_error           lost     1     1
asked   html               all   ran           provider_error           lost     1     1
""",
    "task": """
order   moderated          all   ran           content_policy_violation released 1     0
""",
    # A page where events are read is a stream that ended before its picture.
    "events": """
order   html               all   unknown       job_timeout              lost     1     1
""",
}
"""What is otherwise where a wire has words or habits of its own, by its name."""

STATUS = {
    "200": 200,
    "content_policy_violation": 400,
    "validation_failed": 400,
    "provider_error": 502,
    "service_unavailable": 503,
    "job_timeout": 504,
}
TOLD_TO_WAIT = {"429": "5", "429_retry_after": "1", "429_retry_after=60": "60", "503": "5"}
"""`Retry-After` of whoever is sent away because a provider was too busy for good."""
SILENT = ("hang", "drip")
"""Faults that last until the order's own time is over, or that of one call."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of the table."""

    stage: Stage
    fault: str
    times: Times
    outcome: Outcome
    answer: str
    hold: str
    asked: int
    drawn: int

    @property
    def status(self) -> int:
        return STATUS[self.answer]

    @property
    def line(self) -> Line:
        """Faults of the line to a provider, which nothing in an order can ask for."""
        return cast(Line, self.fault) if self.fault in ("away", "cut") else ""

    @property
    def lasts(self) -> bool:
        """Whether it ends only when the order's time is over."""
        silent = self.fault in SILENT and (self.stage != "asked" or self.times == "all")
        return silent or (self.stage == "asked" and self.times == "all")


def lines(text: str) -> dict[tuple[str, str, str], Expected]:
    found = {}
    for line in text.strip().splitlines():
        stage, fault, times, outcome, answer, hold, asked, drawn = line.split()
        if stage != "stage":
            found[stage, fault, times] = Expected(
                cast(Stage, stage),
                fault,
                cast(Times, times),
                cast(Outcome, outcome),
                answer,
                hold,
                int(asked),
                int(drawn),
            )
    return found


def expected_of(wire: str, stages: tuple[Stage, ...]) -> list[Expected]:
    """All that can befall orders over a wire, at the stages it has."""
    table = lines(TABLE) | lines(OTHERWISE.get(wire, ""))
    return [line for line in table.values() if line.stage in stages]
