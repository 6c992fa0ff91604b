"""Credits are given, taken back and listed, to the last decimal and never by mistake."""

import pytest
from tests.cli.terminal import Terminal


def test_credits_are_added_taken_back_and_listed(either: Terminal) -> None:
    assert either.done("credits", "add", "25").out == "added 25 credits: default has 25 available\n"
    took = either.done("credits", "add", "-0.5", "--note", "a mistake")
    assert took.out == "took back 0.5 credits: default has 24.5 available\n"
    shown = either.done_inside("credits", "show", "--json").json
    assert shown == {"balance": "24.5", "held": "0", "available": "24.5"}
    assert "24.5 credits available" in either.done_inside("credits", "show").out
    newest, oldest = either.done_inside("credits", "list", "--json").json
    assert (newest["amount"], oldest["amount"]) == (500_000, 25_000_000)
    assert newest["debit"] == oldest["credit"]
    assert "topup" in either.done_inside("credits", "list", "--most", "1").out


def test_the_same_operation_moves_credits_once(either: Terminal) -> None:
    first = either.done_inside("credits", "add", "10", "--operation", "order-7", "--json").json
    again = either.done_inside("credits", "add", "10", "--operation", "order-7", "--json").json
    assert first == {"added": True, "available": "10"}
    assert again == {"added": False, "available": "10"}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("abc", "'abc' is not a number of credits"),
        ("NaN", "'NaN' is not a number of credits"),
        ("1e400", "'1e400' is not a number of credits"),
        ("", "'' is not a number of credits"),
        ("0.0000001", "more than six decimals"),
        ("1000000001", "more than one move may carry"),
    ],
)
def test_what_is_no_amount_is_wrong_use(terminal: Terminal, amount: str, words: str) -> None:
    ran = terminal.inside("credits", "add", amount)
    assert ran.code == 2
    assert words in ran.err
    assert not terminal.data.exists()


def test_nothing_and_more_than_there_is_are_refused(either: Terminal) -> None:
    zero, minus = either.inside("credits", "add", "0"), either.inside("credits", "add", "-5")
    assert (zero.code, minus.code) == (1, 1)
    assert "between 0.000001 and 1000000000" in zero.err
    assert "5 credits are not free to take back" in minus.err
    assert either.done_inside("credits", "list", "--json").json == []


def test_an_unknown_workspace_gets_nothing(either: Terminal) -> None:
    ran = either.inside("credits", "add", "5", "--workspace", "nobody", "--json")
    assert ran.code == 1
    assert ran.json["error"]["code"] == "not_found"
    assert "`limner workspace list`" in ran.json["error"]["message"]
    assert either.done_inside("workspace", "list", "--json").json == []


def test_each_workspace_has_its_own(either: Terminal) -> None:
    either.done_inside("workspace", "create", "red team")
    either.done_inside("credits", "add", "3", "-w", "red team")
    assert either.done_inside("credits", "show", "-w", "red team", "--json").json["balance"] == "3"
    # The default workspace is made by itself only as the first.
    assert either.inside("credits", "show").code == 1
