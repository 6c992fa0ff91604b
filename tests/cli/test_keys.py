"""Keys are shown once and stored as digests."""

import pytest
from tests.cli.kept import everything_kept
from tests.cli.terminal import Terminal


def test_a_key_is_shown_once_and_never_stored(either: Terminal) -> None:
    made = either.done("key", "create", "laptop", "--json").json
    assert (made["name"], made["kind"]) == ("laptop", "live")
    secret = made["key"]
    listed = either.done_inside("key", "list", "--json")
    assert secret not in listed.out + either.done_inside("key", "list").out
    kept = everything_kept(either)
    assert made["id"].encode() in kept
    assert secret[4:].encode() not in kept


def test_each_kind_of_key_says_what_it_is(either: Terminal) -> None:
    for option, prefix in ((["--test"], "inf_test_"), ([], "inf_"), (["--admin"], "inf_admin_")):
        first, second = either.done_inside("key", "create", *option).out.splitlines()
        assert first.startswith(prefix)
        assert second.endswith("It is not shown again: keep it now.")
    kinds = [key["kind"] for key in either.done_inside("key", "list", "--json").json]
    assert kinds == ["test", "live", "admin"]


def test_a_key_may_end_by_itself_and_serve_one_model(terminal: Terminal) -> None:
    terminal.done_inside("key", "create", "brief", "--expires", "30m", "--model", "sketch-1")
    (key,) = terminal.done_inside("key", "list", "--json").json
    assert key["expires_at"] - key["created_at"] == 30 * 60 * 1_000_000
    assert key["allowed_models"] == ["sketch-1"]
    assert "until 2" in terminal.done_inside("key", "list").out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["create", "--test", "--admin"], 2, "not both"),
        (["create", "--expires", "0d"], 2, "no length of time such as 90d"),
        (["create", "--expires", "soon"], 2, "no length of time such as 90d"),
        (["create", "--model", "no-such-model"], 1, "there is no model 'no-such-model'"),
        (["create", "-w", "nobody"], 1, "there is no workspace 'nobody'"),
        (["create", "bad/name"], 1, "a name is 1 to 63 letters"),
        (["revoke", "key_0"], 1, "there is no key 'key_0'; `limner key list` shows them"),
        (["revoke"], 2, "Missing argument"),
    ],
)
def test_wrong_wishes_make_no_key(
    terminal: Terminal, words: list[str], code: int, told: str
) -> None:
    ran = terminal.inside("key", *words)
    assert ran.code == code
    assert told in ran.err
    assert "there is no key yet" in terminal.done_inside("key", "list").out


def test_a_revoked_key_stays_in_the_list(either: Terminal) -> None:
    made = either.done_inside("key", "create", "--test", "--json").json
    revoked = either.done("key", "revoke", made["id"], "--json").json
    assert revoked["revoked_at"] is not None
    assert "revoked 2" in either.done_inside("key", "list").out
