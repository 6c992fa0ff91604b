"""`limner generate` and `limner estimate`, as a person and as a script use them."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.terminal import Terminal
from tests.databases import FreshUrl
from tests.servers import Server, a_key, administer, serving

from limner.app import Limner
from limner.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_url: FreshUrl) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(data_dir=folder, database_url=sqlite_url(), test_pace=0.0, drain_s=0.0)
    with serving(settings) as running:
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return asyncio.run(a_key(server.settings))


@pytest.fixture
def terminal(tmp_path: Path, server: Server, key: str) -> Terminal:
    return Terminal(tmp_path, {"LIMNER_URL": server.url, "INFERY_API_KEY": key})


def test_a_picture_is_written_under_a_name_after_its_prompt(terminal: Terminal) -> None:
    ran = terminal.done("generate", "A red fox, at dusk!", "--size", "256x256")
    assert ran.out == "a-red-fox-at-dusk.png\n"
    assert (terminal.folder / "a-red-fox-at-dusk.png").read_bytes().startswith(PNG)
    assert "0 credits, model sketch-1, job imgjob_" in ran.err
    again = terminal.done_inside("generate", "A red fox, at dusk!", "--size", "256x256")
    assert again.out == "a-red-fox-at-dusk-2.png\n"


def test_scripts_get_the_job_and_its_files_as_json(terminal: Terminal) -> None:
    words = ("generate", "two boats", "-n", "2", "--size", "256x256", "-o", "out/boat.png")
    told = terminal.done_inside(*words, "--json").json
    assert told["status"] == "completed"
    assert told["files"] == ["out/boat-1.png", "out/boat-2.png"]
    assert all((terminal.folder / file).read_bytes().startswith(PNG) for file in told["files"])


def test_a_file_that_was_named_is_written_over_and_a_folder_filled(terminal: Terminal) -> None:
    (terminal.folder / "fox.png").write_bytes(b"old")
    (terminal.folder / "album").mkdir()
    for output in ("fox.png", "album"):
        terminal.done_inside("generate", "fox", "--size", "256x256", "-o", output)
    assert (terminal.folder / "fox.png").read_bytes().startswith(PNG)
    assert (terminal.folder / "album" / "fox.png").read_bytes().startswith(PNG)


def test_a_terminal_shows_a_bar_while_the_job_runs(terminal: Terminal) -> None:
    code, shown = terminal.on_a_screen("generate", "fox [[limner:delay=1s]]", "-m", "dall-e-3")
    assert code == 0
    assert "drawing" in shown
    assert "%" in shown
    assert "━" in shown


def test_a_pipe_is_shown_no_bar(terminal: Terminal) -> None:
    ran = terminal.done_inside("generate", "fox", "--size", "256x256")
    assert "drawing" not in ran.out + ran.err


def test_what_a_workspace_does_not_keep_is_written_all_the_same(
    terminal: Terminal, server: Server
) -> None:
    key = asyncio.run(a_key(server.settings, workspace="hush"))

    async def keeps_none(limner: Limner) -> None:
        owner = await limner.services.accounts.workspace("hush")
        await limner.services.accounts.set_workspace(owner.id, {"retention": "none"})

    asyncio.run(administer(server.settings, keeps_none))
    ran = terminal.done("generate", "a kite", "-n", "2", "-o", "kite.png", INFERY_API_KEY=key)
    assert ran.out.splitlines() == ["kite-1.png", "kite-2.png"]
    assert (terminal.folder / "kite-2.png").read_bytes().startswith(PNG)
    told = terminal.done("generate", "a kite", "--json", INFERY_API_KEY=key).json
    assert "b64_json" not in told["data"][0]
    assert told["files"] == ["a-kite.png"]


def test_fewer_pictures_than_asked_for_are_spoken_of(terminal: Terminal) -> None:
    ran = terminal.done_inside(
        "generate", "fox [[limner:partial=1/2]]", "-n", "2", "-m", "imagen-4"
    )
    assert "1 of 2 pictures came" in ran.err
    assert len(ran.out.splitlines()) == 1


def test_parameters_a_model_has_no_use_for_are_named(terminal: Terminal) -> None:
    ran = terminal.done_inside("generate", "fox", "--size", "256x256", "-p", "style=vivid")
    assert "sketch-1 has no use for style" in ran.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-m", "no-such-model"], "model_not_found"),
        (["--size", "1x1"], "validation_failed"),
        (["--key", "inf_test_wrong"], "invalid_api_key"),
    ],
)
def test_a_refusal_ends_with_one(terminal: Terminal, words: list[str], code: str) -> None:
    ran = terminal.inside("generate", "fox", *words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    told = terminal.inside("generate", "fox", *words, "--json")
    assert (told.code, told.json["error"]["code"]) == (1, code)
    assert list(terminal.folder.glob("*.png")) == []


def test_a_job_that_fails_ends_with_one_and_its_id(terminal: Terminal) -> None:
    ran = terminal("generate", "fox [[limner:fail=500]]", "-m", "dall-e-3", "--json")
    assert ran.code == 1
    assert ran.json["error"]["code"] == "provider_error"
    assert ran.json["error"]["job_id"].startswith("imgjob_")


def test_a_file_that_cannot_be_written_ends_with_one(terminal: Terminal) -> None:
    (terminal.folder / "plain").write_text("a file, no folder")
    ran = terminal.inside("generate", "fox", "--size", "256x256", "-o", "plain/fox.png")
    assert ran.code == 1
    assert "plain/fox.png cannot be written" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Missing argument 'PROMPT'"),
        (["fox", "-n", "0"], "-n"),
        (["fox", "-n", "many"], "-n"),
        (["fox", "--wait", "NaN"], "--wait"),
        (["fox", "-p", "seed"], "'seed' is not NAME=VALUE"),
        (["fox", "--key", ""], "no API key: pass --key or set INFERY_API_KEY"),
        (["fox", "--key", "ключ"], "only letters, digits"),
        (["fox", "--url", "127.0.0.1:8000"], "no address such as http://127.0.0.1:8000"),
        (["fox", "--url", "http://["], "no address such as"),
    ],
)
def test_wrong_use_ends_with_two(terminal: Terminal, words: list[str], told: str) -> None:
    ran = terminal.inside("generate", *words)
    assert ran.code == 2
    assert told in ran.err


def test_nobody_there_ends_with_three(terminal: Terminal) -> None:
    for command in (["generate", "fox"], ["estimate", "sketch-1"]):
        ran = terminal(*command, "--url", "http://127.0.0.1:9", "--json")
        assert (ran.code, ran.json["error"]["code"]) == (3, "unreachable")
        assert "Start one with `limner serve`" in ran.json["error"]["message"]


def test_a_job_that_takes_too_long_ends_with_four_and_its_id(terminal: Terminal) -> None:
    words = ("generate", "fox [[limner:delay=60s]]", "-m", "dall-e-3", "--wait", "1", "--json")
    ran = terminal.inside(*words)
    assert (ran.code, ran.json["error"]["code"]) == (4, "job_timeout")
    job_id = ran.json["error"]["job_id"]
    assert f"GET /v1/images/jobs/{job_id} collects it" in ran.json["error"]["message"]


def test_an_estimate_tells_the_price_and_how_it_comes_about(terminal: Terminal) -> None:
    words = ("estimate", "dall-e-3", "--size", "1024x1024", "--quality", "standard")
    said = terminal.done(*words).out
    assert said.startswith("4 credits\n")
    told = terminal.done_inside(*words, "--json").json
    assert told["credits"] == 4
    assert sum(line["credits"] for line in told["breakdown"]) == 4
    unknown = terminal.inside("estimate", "no-such-model", "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (1, "model_not_found")
