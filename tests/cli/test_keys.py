"""Keys are shown once, stored as digests, and stop everywhere when they are revoked."""

import asyncio
from pathlib import Path

import pytest
from tests.cli.calls import call, eventually
from tests.cli.terminal import Terminal, settings_of
from tests.servers import serving

from limner.db import schema


async def stored(url: str) -> str:
    """Everything in the tables that know keys, workspaces and providers, as text."""
    database = await schema.connect(url, migrate=False)
    try:
        tables = ("api_key", "workspace", "provider", "meta", "posting")
        return repr([await database.fetch(f"SELECT * FROM {table}") for table in tables])
    finally:
        await database.close()


def file_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_key_is_shown_once_and_never_stored(either: Terminal) -> None:
    made = either.done("key", "create", "laptop", "--json").json
    assert (made["name"], made["kind"]) == ("laptop", "live")
    secret = made["key"]
    listed = either.done("key", "list", "--json")
    assert secret not in listed.out + either.done("key", "list").out
    url = either.environ["LIMNER_DATABASE_URL"]
    kept = asyncio.run(stored(url))
    assert made["id"] in kept
    assert secret not in kept
    held = file_bytes(either.data)
    if url.startswith("sqlite:"):
        held += file_bytes(Path(url.removeprefix("sqlite:///")).parent)
        assert made["id"].encode() in held
    assert secret[4:].encode() not in held


def test_each_kind_of_key_says_what_it_is(either: Terminal) -> None:
    for option, prefix in ((["--test"], "inf_test_"), ([], "inf_"), (["--admin"], "inf_admin_")):
        first, second = either.done("key", "create", *option).out.splitlines()
        assert first.startswith(prefix)
        assert second.endswith("It is not shown again: keep it now.")
    kinds = [key["kind"] for key in either.done("key", "list", "--json").json]
    assert kinds == ["test", "live", "admin"]


def test_a_key_may_end_by_itself_and_serve_one_model(terminal: Terminal) -> None:
    terminal.done("key", "create", "brief", "--expires", "30m", "--model", "sketch-1")
    (key,) = terminal.done("key", "list", "--json").json
    assert key["expires_at"] - key["created_at"] == 30 * 60 * 1_000_000
    assert key["allowed_models"] == ["sketch-1"]
    assert "until 2" in terminal.done("key", "list").out


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
    ran = terminal("key", *words)
    assert ran.code == code
    assert told in ran.err
    assert "there is no key yet" in terminal.done("key", "list").out


def test_a_revoked_key_stops_on_a_running_server_within_seconds(either: Terminal) -> None:
    made = either.done("key", "create", "--test", "--json").json
    with serving(settings_of(either)) as server:
        assert call(server.url, made["key"], "/v1/credits").status == 200
        revoked = either.done("key", "revoke", made["id"], "--json").json
        assert revoked["revoked_at"] is not None
        eventually(
            lambda: call(server.url, made["key"], "/v1/credits").status == 401,
            "the key is refused",
            seconds=5,
        )
    assert "revoked 2" in either.done("key", "list").out
