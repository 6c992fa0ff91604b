"""`limner music`, as a person and as a script use it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.terminal import Terminal
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving

from limner.files.audio import listen
from limner.settings import Settings

SHORT = "3 seconds of piano [[limner:delay=0.3s]]"


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


def kind(file: Path) -> str:
    return listen(file.read_bytes()).content_type


def test_a_song_is_written_and_its_other_take_beside_it(terminal: Terminal) -> None:
    ran = terminal.done("music", SHORT, "-o", "song.mp3")
    assert ran.out == "song.mp3\nsong-2.mp3\n"
    assert {kind(terminal.folder / name) for name in ran.out.split()} == {"audio/mpeg"}
    assert "10 credits, model suno-v5, job musjob_" in ran.err


def test_without_a_file_the_prompt_gives_the_name(terminal: Terminal) -> None:
    ran = terminal.done_inside("music", f"Oh, rain! {SHORT} [[limner:partial=1]]", "--instrumental")
    assert ran.out.startswith("oh-rain-3-seconds-of-piano")
    assert ran.out.endswith(".mp3\n")


def test_a_wav_is_asked_for_by_its_name(terminal: Terminal) -> None:
    ran = terminal.done_inside(
        "music", SHORT, "-m", "suno-v4", "-o", "out/song.wav", "--title", "Oh", "--style", "jazz",
        "--json",
    )  # fmt: skip
    told = ran.json
    assert told["files"] == ["out/song.wav", "out/song-2.wav"]
    assert kind(terminal.folder / "out/song.wav") == "audio/wav"
    assert {one["title"] for one in told["data"]} == {"Oh"}


def test_a_refusal_is_one_sentence(terminal: Terminal) -> None:
    ran = terminal.inside("music", SHORT, "-m", "sketch-1")
    assert ran.code == 1
    assert "sketch-1 makes pictures" in ran.err


def test_a_terminal_shows_a_bar_while_it_plays(terminal: Terminal) -> None:
    code, shown = terminal.on_a_screen("music", "3 seconds of piano [[limner:delay=1s]]")
    assert code == 0
    assert "playing" in shown
