"""Workspaces are made and listed."""

import pytest
from tests.cli.terminal import Terminal


def test_a_workspace_is_made_and_listed(either: Terminal) -> None:
    made = either.done("workspace", "create", "studio", "--json").json
    assert set(made) == {"id", "name", "created_at", "options", "plan", "plan_renews_at"}
    assert either.done_inside("workspace", "list", "--json").json == [made]
    assert made["id"] in either.done_inside("workspace", "list").out
    again = either.inside("workspace", "create", "studio")
    assert (again.code, again.err) == (1, "error: there already is a workspace named 'studio'\n")


def test_making_one_says_what_to_do_next(terminal: Terminal) -> None:
    said = terminal.done_inside("workspace", "create", "studio").out
    for line in said.splitlines()[1:]:
        words = line.strip().removeprefix("next: ").split()
        assert terminal.done_inside(*words[1:])


@pytest.mark.parametrize("name", ["", "a/b", "é", "x" * 64, " a"])
def test_a_name_that_shells_cannot_take_is_refused(terminal: Terminal, name: str) -> None:
    ran = terminal.inside("workspace", "create", name)
    assert ran.code == 1
    assert "a name is 1 to 63 letters" in ran.err
