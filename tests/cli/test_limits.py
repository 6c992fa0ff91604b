"""Limits are set, shown and taken away by command, in credits and plain numbers."""

import pytest
from tests.cli.terminal import Terminal


def made_key(terminal: Terminal) -> str:
    return str(terminal.done_inside("key", "create", "website", "--json").json["id"])


def test_limits_of_a_key_are_set_shown_and_taken_away(terminal: Terminal) -> None:
    key_id = made_key(terminal)
    words = ["--max-concurrent", "2", "--max-budget-monthly-credits", "20.5"]
    said = terminal.done_inside("key", "limit", key_id, *words).out
    assert "has these limits: 2 at once, 20.5 credits a month" in said
    shown = terminal.done_inside("key", "show", key_id).out
    assert "limits: 2 at once, 20.5 credits a month" in shown
    assert "in the last minute: 0 requests, 0 images, 0 megapixels" in shown
    assert "0 of 20.5 credits spent, 0 held; begins anew on 2" in shown
    assert "2 at once" in terminal.done_inside("key", "list").out
    taken = terminal.done_inside("key", "limit", key_id, "--max-concurrent", "none", "--json").json
    assert taken["limits"] == {"max_budget_monthly_credits": 20.5}
    asked = terminal.done_inside("key", "show", key_id, "--json").json
    assert asked["key"]["limits"] == taken["limits"]
    budget = asked["used"]["budget"]
    assert (budget["credits"], budget["charged"], budget["held"]) == (20.5, 0, 0)


def test_options_of_a_workspace_are_set_shown_and_left_to_the_server_again(
    terminal: Terminal,
) -> None:
    terminal.done_inside("workspace", "create", "annex")
    words = ["--sync-wait-s", "20", "--log-prompts", "--credits-low", "5"]
    said = terminal.done_inside("workspace", "set", "annex", *words).out
    assert "has these options: waits 20 s, told below 5 credits, prompts logged" in said
    assert "waits 20 s" in terminal.done_inside("workspace", "show", "annex").out
    assert "waits 20 s" in terminal.done_inside("workspace", "list").out
    words = ["--sync-wait-s", "none", "--no-log-prompts", "--json"]
    left = terminal.done_inside("workspace", "set", "annex", *words).json
    assert left["options"] == {"log_prompts": False, "credits_low": 5}
    shown = terminal.done_inside("workspace", "show", "annex", "--json").json
    assert shown["workspace"]["options"] == left["options"]
    assert shown["used"]["requests"] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--max-concurrent", "two"], 2, "'two' is neither a number nor none"),
        (["--max-budget-monthly-credits", "0.1234567"], 2, "neither a number nor none"),
        (["--max-concurrent", "0"], 1, "max_concurrent: Expected `int` >= 1; nothing was changed"),
        ([], 2, "say what to limit"),
    ],
)
def test_what_cannot_be_a_limit_changes_nothing(
    terminal: Terminal, words: list[str], code: int, told: str
) -> None:
    key_id = made_key(terminal)
    ran = terminal.inside("key", "limit", key_id, *words)
    assert ran.code == code
    assert told in " ".join(ran.err.split())
    assert terminal.done_inside("key", "show", key_id, "--json").json["key"]["limits"] == {}


def test_who_is_not_there_has_no_limits(terminal: Terminal) -> None:
    ran = terminal.inside("key", "limit", "key_0", "--max-concurrent", "1")
    assert (ran.code, "there is no key 'key_0'" in ran.err) == (1, True)
    ran = terminal.inside("workspace", "set", "nobody", "--sync-wait-s", "1")
    assert (ran.code, "there is no workspace 'nobody'" in ran.err) == (1, True)
    ran = terminal.inside("workspace", "set", "nobody")
    assert (ran.code, "say what to set" in " ".join(ran.err.split())) == (2, True)


def test_a_markup_is_a_workspace_s_own_until_it_is_taken_away(terminal: Terminal) -> None:
    terminal.done_inside("workspace", "create", "annex")
    said = terminal.done_inside("workspace", "set", "annex", "--markup-percent", "-25").out
    assert "has these options: markup -25 %" in said
    free = terminal.done_inside("workspace", "set", "annex", "--markup-percent", "0", "--json").json
    assert free["options"] == {"markup_percent": 0}
    words = ["--markup-percent", "none", "--json"]
    assert terminal.done_inside("workspace", "set", "annex", *words).json["options"] == {}


def test_an_administrator_at_a_terminal_is_shown_the_server_s_own_prices(
    terminal: Terminal,
) -> None:
    words = ("model", "show", "imagen-4")
    listed = terminal.done_inside(*words).out
    dearer = terminal.done_inside(*words, LIMNER_MARKUP_PERCENT="20").out
    assert ("4.8" in listed, "4.8" in dearer) == (False, True)


@pytest.mark.parametrize(
    ("markup", "code", "told"),
    [
        ("-101", 1, "markup_percent: Expected `int` >= -100; nothing was changed"),
        ("1001", 1, "markup_percent: Expected `int` <= 1000; nothing was changed"),
        ("20.5", 2, "--markup-percent: '20.5' is neither a number nor none"),
        ("true", 2, "--markup-percent: 'true' is neither a number nor none"),
        ("nan", 2, "--markup-percent: 'nan' is neither a number nor none"),
    ],
)
def test_what_is_no_markup_changes_nothing(
    terminal: Terminal, markup: str, code: int, told: str
) -> None:
    terminal.done_inside("workspace", "create", "annex")
    terminal.done_inside("workspace", "set", "annex", "--markup-percent", "5")
    ran = terminal.inside("workspace", "set", "annex", "--markup-percent", markup)
    assert ran.code == code
    assert told in " ".join(ran.err.replace("│", " ").split())
    shown = terminal.done_inside("workspace", "show", "annex", "--json").json
    assert shown["workspace"]["options"] == {"markup_percent": 5}
