"""Plans from a shell: put on, shown, taken off, and missed by the doctor when they are gone."""

import pytest
from tests.cli.terminal import Terminal

PLANS = """
[plans.pro]
credits = 90
rollover = 20.5
[plans.scale]
credits = 500
rollover = "all"
"""


@pytest.fixture
def planned(either: Terminal) -> Terminal:
    (either.folder / "limner.toml").write_text(PLANS)
    return either


def test_a_workspace_is_put_on_a_plan_and_taken_off(planned: Terminal) -> None:
    made = planned.done_inside("workspace", "create", "studio", "--plan", "pro").out
    assert "plan pro: renews on 20" in made
    shown = planned.done_inside("credits", "show", "-w", "studio").out
    assert "90 credits available" in shown
    assert "plan pro: 90 credits a month, 90 left" in shown
    assert "69.5 expires then, if it stays unused" in shown
    assert "plan: pro, renews on 20" in planned.done_inside("workspace", "show", "studio").out
    assert "pro" in planned.done_inside("workspace", "list").out
    changed = planned.done_inside("workspace", "set", "studio", "--plan", "scale").out
    assert "plan: scale, renews on 20" in changed
    told = planned.done_inside("credits", "show", "-w", "studio", "--json").json
    assert (told["balance"], told["plan"]["rollover"]) == ("520.5", "all")
    off = planned.done_inside("workspace", "set", "studio", "--no-plan", "--max-concurrent", "3")
    assert "3 at once\nplan: -\n" in off.out
    told = planned.done_inside("credits", "show", "-w", "studio", "--json").json
    assert told == {"balance": "520.5", "held": "0", "available": "520.5"}
    lines = planned.done_inside("credits", "list", "-w", "studio").out
    assert "expire" in lines
    assert planned.done_inside("audit").out.endswith("rules hold\n")


def test_a_plan_that_is_not_there_is_told_and_nothing_made(planned: Terminal) -> None:
    ran = planned.inside("workspace", "create", "studio", "--plan", "gold")
    assert (ran.code, "configured are: pro, scale" in ran.err) == (1, True)
    assert planned.done_inside("workspace", "list", "--json").json == []
    planned.done_inside("workspace", "create", "studio")
    both = planned.inside("workspace", "set", "studio", "--plan", "pro", "--no-plan")
    assert (both.code, "exclude each other" in both.err) == (2, True)


def test_the_doctor_misses_a_plan_that_somebody_is_on(planned: Terminal) -> None:
    planned.done_inside("workspace", "create", "studio", "--plan", "pro")
    well = planned.done_inside("doctor").out
    assert "ok     plans: pro (1 on it), scale (0 on it)" in well
    (planned.folder / "limner.toml").write_text("")
    ill = planned.inside("doctor")
    assert ill.code == 1
    assert "NOT OK plan pro: not configured, so whoever is on it (1) is given nothing" in ill.out
    shown = planned.done_inside("credits", "show", "-w", "studio").out
    assert "plan pro: it is not configured, so nothing is given" in shown
