"""Faults a stand-in can be told to show, by script or by `[[standin:KIND=VALUE]]` in a prompt.

A fault is asked for by its name in `FAULTS`. Where it is not known whether a real upstream would
have done (and billed) the work, the stand-in logs it as done: a second try then shows as double.
`[[standin:500*2]]` strikes the first two calls of that prompt alone, `[[standin:asked.500]]` the
questions about its task and `[[standin:picture.500]]` whoever fetches its pictures by their links.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Moment: TypeAlias = Literal["before_body", "before_answer", "instead", "in_answer"]
Stage: TypeAlias = Literal["order", "asked", "picture"]

MARKER = re.compile(
    r"\[\[standin:(?:(asked|picture)\.)?([a-z0-9_]+)(?:=([0-9.]+))?(?:\*([0-9]+))?\]\]"
)


STAGES: dict[str, Stage] = {"asked": "asked", "picture": "picture"}


@dataclass(frozen=True, slots=True)
class Fault:
    """`value` is seconds for `delay`, `hang`, `drip`, `close_idle` and `429_retry_after`, a number
    of pictures for `images`, of bytes for `huge`, `flood` and `untold_flood`. The floods are
    answers of such a size, told at their beginning or not, that nobody has to make first.

    `draws` says that the work is done (and logged as completed) although the answer is spoilt.
    """

    kind: str
    moment: Moment
    value: float = 0.0
    draws: bool = False


FAULTS = {
    fault.kind: fault
    for fault in (
        Fault("rst_before_body", "before_body"),
        Fault("rst_after_body", "before_answer", draws=True),
        Fault("fin_after_body", "before_answer", draws=True),
        Fault("hang", "before_answer", value=3600.0, draws=True),
        Fault("400", "instead"),
        Fault("400_policy", "instead"),
        Fault("400_billing", "instead"),
        Fault("401", "instead"),
        Fault("403", "instead"),
        Fault("404", "instead"),
        Fault("429", "instead"),
        Fault("429_retry_after", "instead", value=1.0),
        Fault("429_quota", "instead"),
        Fault("500", "instead"),
        Fault("502", "instead", draws=True),
        Fault("503", "instead"),
        Fault("504", "instead", draws=True),
        Fault("524", "instead", draws=True),
        Fault("empty", "instead", draws=True),
        Fault("no_data", "instead", draws=True),
        Fault("bad_json", "instead", draws=True),
        Fault("html", "instead", draws=True),
        Fault("redirect", "instead"),
        Fault("delay", "in_answer", value=0.1),
        Fault("images", "in_answer", value=1.0),
        Fault("huge", "in_answer", value=80 * 1024 * 1024),
        Fault("fin_mid_answer", "in_answer", draws=True),
        Fault("rst_mid_answer", "in_answer", draws=True),
        Fault("wrong_length", "in_answer", draws=True),
        Fault("drip", "in_answer", value=1.0, draws=True),
        Fault("close_idle", "in_answer", value=0.05),
        Fault("stream_error", "in_answer"),
        Fault("stream_policy", "in_answer", draws=True),
        Fault("stream_end", "in_answer", draws=True),
    )
}

VARIANTS = {
    fault.kind: fault
    for fault in (
        Fault("flood", "in_answer", value=80 * 1024 * 1024, draws=True),
        Fault("untold_flood", "in_answer", value=80 * 1024 * 1024, draws=True),
        Fault("moderated", "in_answer"),
    )
}
"""The size of `huge` for answers with links too, and `400_policy` as tasks tell it at their end."""


def fault(kind: str, value: float | None = None) -> Fault:
    """The fault of that name, with another value if one is given; raises KeyError."""
    known = (FAULTS | VARIANTS)[kind]
    return known if value is None else replace(known, value=value)


@dataclass(frozen=True, slots=True)
class Wish:
    """A fault that a prompt asks for; `times` is how often, None for always."""

    fault: Fault
    stage: Stage
    times: int | None


def marked(prompt: str) -> Wish | None:
    """What a prompt asks for, such as `[[standin:delay=2]]`; unknown names are ignored."""
    found = MARKER.search(prompt)
    if found is None or found[2] not in FAULTS | VARIANTS:
        return None
    stage: Stage = STAGES[found[1]] if found[1] else "order"
    struck = fault(found[2], float(found[3]) if found[3] else None)
    return Wish(struck, stage, int(found[4]) if found[4] else None)
