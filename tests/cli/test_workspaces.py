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


def test_markup_and_chains_are_set_and_taken_away(terminal: Terminal) -> None:
    terminal.done_inside("workspace", "create", "retail")
    words = ("--markup-percent", "20", "--fallback", "imagen-4=gpt-image-2,flux-2-pro")
    said = terminal.done_inside("workspace", "set", "retail", *words, "--fallback-on-unknown").out
    assert "markup 20 %" in said
    assert "imagen-4 or gpt-image-2, flux-2-pro" in said
    assert "fallback although it may be paid twice" in said
    taken = ("--markup-percent", "none", "--fallback", "imagen-4=none", "--no-fallback-on-unknown")
    after = terminal.done_inside("workspace", "set", "retail", *taken, "--json").json
    assert after["options"] == {"fallback_on_unknown": False}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--markup-percent", "20.5"), "neither a number nor none"),
        (("--markup-percent", "1001"), "markup_percent: "),
        (("--fallback", "imagen-4"), "is not MODEL=OTHER,OTHER"),
        (("--fallback", "imagen-4=imagin-4"), "there is no model 'imagin-4'"),
        (("--fallback", "imagen-4=suno-v5"), "another model for image"),
    ],
)
def test_what_is_no_markup_or_chain_changes_nothing(
    terminal: Terminal, words: tuple[str, str], said: str
) -> None:
    terminal.done_inside("workspace", "create", "steady")
    ran = terminal.inside("workspace", "set", "steady", *words)
    assert ran.code != 0
    assert said in ran.err
    (one,) = terminal.done_inside("workspace", "list", "--json").json
    assert one["options"] == {}
