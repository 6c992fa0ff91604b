"""`limner demo`: a server and two pictures with one command, and nothing left behind."""

import os
import re
import signal
import socket
from pathlib import Path

from tests.cli.calls import call, draw, eventually
from tests.cli.terminal import LONGEST_S, Terminal
from tests.cli.test_generate import PNG
from tests.cli.test_workers import is_gone, serving_processes

EXAMPLE = """\
curl {url}/v1/images/generations \\
  -H "Authorization: Bearer $INFERY_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{
    "model": "dall-e-3",
    "prompt": "An isometric dev dashboard, neon green accents, dark theme",
    "size": "1024x1024",
    "n": 1
  }}'"""
"""The API's published example, with an address of one's own."""


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_once_draws_both_pictures_and_leaves(tmp_path: Path) -> None:
    ran = Terminal(tmp_path, {}).done("demo", "--once", "--port", "0", "--json")
    told = ran.json
    assert EXAMPLE.format(url=told["url"]) in ran.err
    assert "4 play credits" in ran.err
    assert told["key"].startswith("inf_test_")
    assert len(told["pictures"]) == 2
    for picture in told["pictures"]:
        assert f"-> {picture}" in ran.err
        assert (tmp_path / picture).read_bytes().startswith(PNG)
    assert not is_open(int(told["url"].rpartition(":")[2]))


def test_a_port_that_is_taken_fails_the_demo(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ran = terminal("demo", "--once", "--port", str(other.getsockname()[1]))
    assert ran.code == 1
    assert "Address already in use" in ran.err
    assert not terminal.data.exists()


def test_a_step_that_fails_fails_the_demo(terminal: Terminal) -> None:
    terminal.data.mkdir()
    (terminal.data / "demo").write_text("a file where the pictures should go")
    ran = terminal("demo", "--once", "--port", "0")
    assert ran.code == 1
    assert "error: " in ran.err


def test_it_stays_until_ctrl_c_and_leaves_no_process(terminal: Terminal) -> None:
    with terminal.running("demo", "--port", "0") as process:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C stops the server." not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        told = re.search(r"LIMNER_URL=(\S+) INFERY_API_KEY=(\S+)", said)
        assert told is not None
        assert draw(told[1], told[2]).status == 200
        (child,) = serving_processes(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(LONGEST_S) == 0
        assert is_gone(child)
        assert "stopping" in process.stdout.read()


def test_its_server_ends_with_it_even_when_it_is_killed(terminal: Terminal) -> None:
    with terminal.running("demo", "--port", "0") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4].rstrip(",")
        assert call(url, "", "/health/live").status == 200
        (child,) = serving_processes(process.pid)
        process.kill()
        process.wait()
        eventually(lambda: is_gone(child), "the server has ended")
