"""Fail points: inert unless a variable names them, and struck once, at the time it says."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from limner.errors import ConfigError
from limner.failpoints import NAMES, Point, parsed, reached
from limner.jobs.moves import ARROWS

SOURCES = Path(__file__).parents[1] / "src" / "limner"
PLAY = """
import asyncio
from limner.failpoints import reached
async def main():
    for time in range(1, 5):
        try:
            await reached("finish.before", OSError("wanted"))
            print(time, "passed")
        except OSError as error:
            print(time, error)
asyncio.run(main())
"""


def played(points: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PLAY],
        env={"LIMNER_FAIL_POINTS": points, "PYTHONPATH": str(SOURCES.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_happens_unless_it_is_asked_for() -> None:
    for name in NAMES:
        asyncio.run(reached(name))
    assert played("").stdout.count("passed") == 4


def test_a_place_fails_at_its_time_and_only_then() -> None:
    assert played("finish.before=error@3").stdout.splitlines() == [
        "1 passed",
        "2 passed",
        "3 wanted",
        "4 passed",
    ]


def test_a_place_kills_as_a_power_cut_does() -> None:
    ended = played("finish.before=kill@2")
    assert (ended.returncode, ended.stdout) == (-9, "") or ended.stdout == "1 passed\n"
    assert ended.returncode == -9


def test_a_place_can_wait() -> None:
    assert parsed("fail.after=delay:30@3,answer.before=kill") == {
        ("fail.after", 3): Point("delay", 30.0, 3),
        ("answer.before", 1): Point("kill", 0.0, 1),
    }


def test_a_place_may_be_named_for_several_times() -> None:
    named = "finish.before=error,finish.before=delay:0@2,finish.before=error@3"
    assert played(named).stdout.splitlines() == ["1 wanted", "2 passed", "3 wanted", "4 passed"]


@pytest.mark.parametrize("text", ["nowhere=kill", "finish.before", "finish.before=burn", "=kill"])
def test_what_is_no_fail_point_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match="LIMNER_FAIL_POINTS"):
        parsed(text)
    assert "LIMNER_FAIL_POINTS" in played(text).stderr


def test_every_name_is_a_place_that_is_reached() -> None:
    text = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    used = set(re.findall(r'reached\(f?"([a-z{}]+\.[a-z]+)"', text))
    arrows = {name for name in NAMES if name.partition(".")[0] in ARROWS.values()}
    written = {"{arrow}.before", "{arrow}.after"}
    assert used == {name for name in NAMES if name not in arrows} | written
