"""`limner serve` starts with what it needs, says so once, and refuses in words what is wrong."""

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from tests.cli.calls import call
from tests.cli.kept import everything_kept
from tests.cli.terminal import LONGEST_S, Terminal

READY = "limner is ready at http://127.0.0.1:"


def said_until_ready(process: subprocess.Popen[str]) -> list[str]:
    """What a server says up to the line that it is ready."""
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].startswith("limner is ready at "):
        line = process.stdout.readline()
        assert line, f"ended with {process.wait()}"
        lines.append(line.rstrip("\n"))
    return lines


def stopped(process: subprocess.Popen[str], by: signal.Signals = signal.SIGINT) -> int:
    process.send_signal(by)
    return process.wait(LONGEST_S)


def test_the_first_start_shows_a_key_that_works_and_only_once(either: Terminal) -> None:
    with either.running("serve", "--port", "0") as process:
        first, remark, ready = said_until_ready(process)
        key, url = first.removeprefix("test key: "), ready.split()[4]
        assert "shown this once" in remark
        assert call(url, key, "/v1/credits").body["mode"] == "test"
        assert stopped(process) == 0
    assert key[9:].encode() not in everything_kept(either)
    with either.running("serve", "--port", "0") as process:
        (only,) = said_until_ready(process)
        assert only.startswith(READY)
        assert stopped(process, signal.SIGTERM) == 0
    assert len(either.done_inside("key", "list", "--json").json) == 1


def test_scripts_are_told_address_and_key_in_one_line(terminal: Terminal) -> None:
    with terminal.running("serve", "--port", "0", "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert call(told["url"], told["test_key"], "/v1/credits").status == 200
        assert stopped(process) == 0
        assert process.stdout.read() == ""


def test_the_public_is_let_in_only_once_there_is_an_admin_key(either: Terminal) -> None:
    for host in ("0.0.0.0", "::"):
        refused = either.inside("serve", "--host", host, "--port", "0")
        assert refused.code == 1
        assert f"does not listen on {host}" in refused.err
        assert "`limner key create --admin`" in refused.err
    made = either.done_inside("key", "create", "--admin", "--json").json
    with either.running("serve", "--host", "0.0.0.0", "--port", "0") as process:
        ready = said_until_ready(process)[-1]
        assert ready.startswith(READY)
        assert "every address of this machine" in ready
        assert call(ready.split()[4], "", "/health/ready").status == 200
        assert stopped(process) == 0
    either.done_inside("key", "revoke", made["id"])
    assert either.inside("serve", "--host", "0.0.0.0", "--port", "0").code == 1


def test_a_port_that_is_taken_is_told_with_a_way_out(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ran = terminal("serve", "--port", port)
    assert ran.code == 1
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in ran.err
    assert "--port 0 takes a free one" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "70000"], "--port must be a whole number from 0 to 65535"),
        (["--host", "no-such-host.invalid"], "cannot listen on no-such-host.invalid"),
        (["--host", "192.0.2.1"], "this machine has no such address"),
        (["--host", ""], "--host must be"),
        (["--workers", "0"], "--workers must be a whole number from 1 to 64"),
    ],
)
def test_where_it_cannot_listen_is_told(terminal: Terminal, words: list[str], told: str) -> None:
    ran = terminal.inside("serve", "--port", "0", *words)
    assert ran.code == 1
    assert told in ran.err


AWAY = "postgresql://127.0.0.1:1/limner"


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["key", "list"], ["demo", "--once"]])
@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"LIMNER_DRAIN_S": "soon"}, "LIMNER_DRAIN_S must be a number from 0 to 86400"),
        ({"LIMNER_CONFIG": "nowhere.toml"}, "nowhere.toml cannot be read"),
        ({"LIMNER_SECRET": "abc"}, "LIMNER_SECRET or"),
        ({"LIMNER_DATA_DIR": "file"}, "the data folder file cannot be used: there is a file"),
        ({"LIMNER_DATA_DIR": "file/in"}, "the data folder file/in cannot be used"),
        ({"LIMNER_DATABASE_URL": AWAY}, "the database cannot be used: cannot connect"),
        ({"LIMNER_DATABASE_URL": "mysql://x"}, "must begin with sqlite:/// or postgresql://"),
        ({"LIMNER_DATABASE_URL": "postgresql://["}, "database_url: "),
        ({"LIMNER_DATABASE_URL": "sqlite:////dev/null/x.db"}, "/dev/null"),
    ],
)
def test_foreseeable_trouble_is_one_sentence(
    terminal: Terminal, command: list[str], environ: dict[str, str], told: str
) -> None:
    (terminal.folder / "file").touch()
    ran = terminal.inside(*command, **environ)
    assert ran.code == 1
    assert told in ran.err
    assert ran.err.count("error: ") == 1
    as_json = terminal.inside(*command, "--json", **environ)
    assert told in as_json.json["error"]["message"]


def test_a_garbled_file_is_named(terminal: Terminal) -> None:
    (terminal.folder / "limner.toml").write_text("port 8000\n")
    ran = terminal("serve")
    assert ran.code == 1
    assert ran.err.startswith("error: limner.toml is not TOML: ")


def test_another_secret_is_noticed_before_its_keys_fail(either: Terminal) -> None:
    either.done_inside("key", "create", "--test")
    (either.data / "secret").unlink()
    for command in (["serve", "--port", "0"], ["key", "list"], ["credits", "add", "5"]):
        ran = either.inside(*command)
        assert ran.code == 1
        assert "the database was made with another secret" in ran.err


def test_new_data_in_a_folder_are_spoken_of(tmp_path: Path) -> None:
    fresh = Terminal(tmp_path, {})
    assert f"no data in {tmp_path / '.limner'}" in fresh("credits", "add", "5").err
    assert fresh.done_inside("credits", "show").err == ""
