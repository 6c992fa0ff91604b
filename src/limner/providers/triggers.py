"""Words in double brackets that make test mode play what a client has to live with.

`[[limner:refuse]]` `[[limner:fail=500]]` `[[limner:delay=12s]]` `[[limner:partial=2/4]]`
`[[limner:rate_limit]]` `[[limner:timeout]]`
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

MARKER = re.compile(r"\[\[limner:([^\[\]]{0,60})\]\]")
LONGEST_DELAY_S = 600.0


@dataclass(frozen=True, slots=True)
class Script:
    """What a prompt asks to be played."""

    refuse: bool = False
    rate_limit: bool = False
    timeout: bool = False
    fail: int | None = None
    """The HTTP status the upstream is to have answered with."""
    delay_s: float | None = None
    deliver: int | None = None
    """How many pictures come, at most."""
    not_understood: tuple[str, ...] = ()


Change: TypeAlias = Callable[[Script, str], Script]

TRIGGERS: Mapping[re.Pattern[str], Change] = {
    re.compile(r"refuse"): lambda script, _: replace(script, refuse=True),
    re.compile(r"rate_limit"): lambda script, _: replace(script, rate_limit=True),
    re.compile(r"timeout"): lambda script, _: replace(script, timeout=True),
    re.compile(r"fail=([45][0-9]{2})"): lambda script, status: replace(script, fail=int(status)),
    re.compile(r"delay=([0-9]{1,6}(?:\.[0-9]{1,6})?)s?"): lambda script, seconds: replace(
        script, delay_s=min(float(seconds), LONGEST_DELAY_S)
    ),
    re.compile(r"partial=([0-9]{1,2})(?:/[0-9]{1,2})?"): lambda script, count: replace(
        script, deliver=int(count)
    ),
}


def script_of(prompt: str) -> Script:
    """Read the triggers of a prompt; the last of a kind counts, those nobody knows are named."""
    script = Script()
    for written in MARKER.findall(prompt):
        script = changed(script, written)
    return script


def changed(script: Script, written: str) -> Script:
    for pattern, change in TRIGGERS.items():
        if found := pattern.fullmatch(written):
            return change(script, found[1] if found.groups() else "")
    return replace(script, not_understood=(*script.not_understood, written))


def without_triggers(prompt: str) -> str:
    return MARKER.sub("", prompt).strip()
