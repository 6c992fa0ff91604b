"""Providers are added, looked at, tried and removed, and their keys stay secret."""

import pytest
from tests.cli.kept import everything_kept
from tests.cli.terminal import Terminal
from tests.cli.upstream import openai_upstream

KEY = "sk-standin-0123456789abcdef"


def test_a_key_given_by_pipe_is_kept_encrypted_and_used(either: Terminal) -> None:
    with openai_upstream() as upstream:
        words = ("provider", "add", "openai", "--base-url", upstream, "--api-key", "-", "--json")
        added = either(*words, stdin=KEY + "\n")
        assert added.json == {
            "name": "openai",
            "kind": "openai",
            "base_url": upstream,
            "address": upstream,
            "key": "encrypted",
            "serves": {},
            "options": {},
            "source": "database",
        }
        (tried,) = either.done("provider", "test", "--json").json
    assert (tried["name"], tried["ok"]) == ("openai", True)
    assert KEY.encode() not in everything_kept(either)
    listed = either.done_inside("provider", "list")
    assert "encrypted" in listed.out
    assert KEY not in listed.out
    assert either.done_inside("provider", "remove", "openai", "--json").json == {
        "removed": "openai"
    }
    assert "no provider is configured" in either.done_inside("provider", "list").out


def test_a_provider_that_cannot_be_used_is_told_in_plain_words(terminal: Terminal) -> None:
    terminal.done_inside("provider", "add", "openai", "--api-key-env", "NOT_SET_ANYWHERE")
    nowhere = ("--kind", "openai", "--base-url", "http://127.0.0.1:9", "--api-key", KEY)
    terminal.done_inside("provider", "add", "mine", *nowhere, "--serves", "dall-e-3=dall-e-3")
    ran = terminal("provider", "test")
    assert ran.code == 1
    assert "there is no key in the variable NOT_SET_ANYWHERE" in ran.out
    assert "cannot be reached" in ran.out
    one = terminal.inside("provider", "test", "openai", "--json")
    assert one.code == 1
    assert [state["name"] for state in one.json] == ["openai"]


def test_the_file_is_read_and_wins(terminal: Terminal) -> None:
    (terminal.folder / "limner.toml").write_text(
        '[providers.openai]\nkind = "openai"\nbase_url = "http://127.0.0.1:9"\n'
        'api_key_env = "FROM_FILE"\n'
    )
    added = terminal.inside("provider", "add", "openai", "--api-key-env", "FROM_COMMAND")
    assert added.code == 1
    assert "stands in the settings file" in added.err
    (entry,) = terminal.done_inside("provider", "list", "--json").json
    assert (entry["key"], entry["source"]) == ("FROM_FILE", "file")
    removed = terminal.inside("provider", "remove", "openai")
    assert removed.code == 1
    assert "stands in the settings file" in removed.err


def test_adding_one_says_what_may_still_be_missing(terminal: Terminal) -> None:
    words = ("provider", "add", "mine", "--kind", "openai", "--api-key-env", "NOT_SET")
    said = terminal.done_inside(*words)
    assert "NOT_SET is not set in this shell" in said.err
    assert "no model runs at mine" in said.err
    assert "limner provider test mine" in said.out


def test_the_list_says_where_each_is_called(terminal: Terminal) -> None:
    beijing = ("add", "alibaba", "--api-key", KEY, "--option", "region=cn-beijing")
    tokyo = ("--option", "region=ap-northeast-1", "--option", "workspace=w1")
    terminal.done_inside("provider", *beijing)
    terminal.done_inside("provider", "add", "a2", "--kind", "alibaba", "--api-key", KEY, *tokyo)
    terminal.done_inside("provider", "add", "openai", "--api-key", KEY)
    listed = terminal.done_inside("provider", "list", "--json").json
    assert {one["name"]: (one["base_url"], one["address"]) for one in listed} == {
        "a2": ("", "https://w1.ap-northeast-1.maas.aliyuncs.com"),
        "alibaba": ("", "https://dashscope.aliyuncs.com"),
        "openai": ("", "https://api.openai.com/v1"),
    }
    assert "https://dashscope.aliyuncs.com" in terminal.done_inside("provider", "list").out


TOKYO = ["add", "alibaba", "--api-key", "a", "--option", "region=ap-northeast-1"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (TOKYO, 1, "say yours too, as the option workspace"),
        (
            [*TOKYO, "--base-url", "https://a.example"],
            1,
            "either base_url, or region and workspace",
        ),
        (["add"], 2, "Missing argument"),
        (["add", "openai"], 2, "give either --api-key-env VARIABLE or --api-key KEY"),
        (["add", "openai", "--api-key", "a", "--api-key-env", "B"], 2, "give either"),
        (["add", "mine", "--api-key", "a"], 2, "there is no kind 'mine'; --kind must be"),
        (["add", "Mine", "--kind", "openai", "--api-key", "a"], 1, "40 lower-case letters"),
        (["add", "openai", "--api-key", "a", "--base-url", "ftp://x"], 1, "http or https"),
        (["add", "openai", "--api-key", "a", "--base-url", "http://"], 1, "and a host"),
        (["add", "openai", "--api-key", "a", "--serves", "x"], 2, "not MODEL=UPSTREAM_NAME"),
        (["add", "openai", "--api-key", "a", "--serves", "x=y"], 1, "no model 'x'"),
        (["test", "nobody"], 1, "there is no provider 'nobody'"),
        (["remove", "nobody"], 1, "there is no provider 'nobody'"),
    ],
)
def test_wrong_wishes_configure_nothing(
    terminal: Terminal, words: list[str], code: int, told: str
) -> None:
    ran = terminal.inside("provider", *words)
    assert ran.code == code
    assert told in ran.err
    assert terminal.done_inside("provider", "list", "--json").json == []


def test_a_service_account_may_be_typed_or_piped_in(terminal: Terminal) -> None:
    account = '{\n  "client_email": "a@b.test"\n}\n'
    added = terminal(
        "provider", "add", "google", "--kind", "vertex", "--api-key", "-", stdin=account
    )
    assert added.code == 0, added
    assert "a@b.test" not in added.out + added.err
