"""`limner jobs`, as a person and as a script use it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.calls import call
from tests.cli.terminal import Terminal
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving

from limner.settings import Settings

SLOW = {"model": "dall-e-3", "prompt": "[[limner:delay=60s]]", "background": True}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_url: FreshUrl) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(data_dir=folder, database_url=sqlite_url(), test_pace=0.0, drain_s=0.0)
    with serving(settings) as running:
        yield running


@pytest.fixture
def key(server: Server) -> str:
    return asyncio.run(a_key(server.settings))


@pytest.fixture
def terminal(tmp_path: Path, server: Server, key: str) -> Terminal:
    return Terminal(tmp_path, {"LIMNER_URL": server.url, "INFERY_API_KEY": key})


def begun(server: Server, key: str) -> str:
    answer = call(server.url, key, "/v1/images/generations", SLOW)
    return str(answer.body["error"]["job_id"])


def test_jobs_are_listed_newest_first_page_by_page(terminal: Terminal) -> None:
    assert "there are no such jobs" in terminal.done_inside("jobs", "list", "--mine").out
    made = [
        terminal.done_inside("generate", "a fox", "--size", "64x64", "--json").json["id"]
        for _ in range(3)
    ]
    said = terminal.done("jobs", "list", "--mine", "--most", "2")
    rows = [line.split()[0] for line in said.out.splitlines()[1:]]
    assert rows == [made[2], made[1]]
    assert said.err == f"there are older ones: --after {made[1]}\n"
    rest = terminal.done_inside("jobs", "list", "--mine", "--after", made[1], "--json").json
    assert [job["id"] for job in rest["data"]] == [made[0]]
    narrowed = ("jobs", "list", "--mine", "--json", "--status")
    assert terminal.done_inside(*narrowed, "failed").json["data"] == []
    assert len(terminal.done_inside(*narrowed, "completed", "-m", "sketch-1").json["data"]) == 3


def test_a_job_is_shown_with_links_to_its_pictures(terminal: Terminal, server: Server) -> None:
    job = terminal.done_inside("generate", "a fox", "--size", "64x64", "--json").json
    said = terminal.done_inside("jobs", "show", job["id"]).out
    assert said.startswith(f"{job['id']}: completed, 100 %, model sketch-1\n  0 credits\n")
    assert f"  {server.url}/v1/assets/a_" in said
    assert terminal.done_inside("jobs", "show", job["id"], "--json").json["id"] == job["id"]


def test_a_job_of_test_mode_is_cancelled(terminal: Terminal, server: Server, key: str) -> None:
    job_id = begun(server, key)
    assert "4 credits are held for it" in terminal.done_inside("jobs", "show", job_id).out
    ran = terminal.done("jobs", "cancel", job_id)
    assert ran.out == "the job is cancelled; nothing was charged\n"
    assert terminal.done_inside("jobs", "cancel", job_id, "--json").json["cancelled"] is True
    assert "cancelled: cancelled by" in terminal.done_inside("jobs", "show", job_id).out
    assert "cancelled" in terminal.done_inside("jobs", "list", "--mine").out


@pytest.mark.parametrize("command", ["show", "cancel"])
def test_a_job_that_is_not_there_ends_with_one(terminal: Terminal, command: str) -> None:
    ran = terminal.inside("jobs", command, "../models", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "not_found")


def test_wrong_use_ends_with_two(terminal: Terminal) -> None:
    for words in (["--status", "done"], ["--most", "0"], ["--key", ""]):
        assert terminal.inside("jobs", "list", *words).code == 2
