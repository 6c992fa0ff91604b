"""`limner edit` and `limner upscale`, as a person and as a script use them."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.api.edits import PICTURE, mask, picture
from tests.cli.terminal import Terminal
from tests.databases import FreshUrl
from tests.servers import Server, a_key, serving

from limner.settings import Settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, sqlite_url: FreshUrl) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    settings = Settings(data_dir=folder, database_url=sqlite_url(), test_pace=0.0, drain_s=0.0)
    with serving(settings) as running:
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return asyncio.run(a_key(server.settings, "live"))


@pytest.fixture
def terminal(tmp_path: Path, server: Server, key: str) -> Terminal:
    (tmp_path / "room.png").write_bytes(PICTURE)
    (tmp_path / "mask.png").write_bytes(mask())
    (tmp_path / "words.png").write_bytes(b"words")
    return Terminal(tmp_path, {"LIMNER_URL": server.url, "INFERY_API_KEY": key})


def size_of(file: Path) -> tuple[int, int]:
    return Image.open(io.BytesIO(file.read_bytes())).size


def test_a_changed_picture_is_written_under_a_name_after_the_prompt(terminal: Terminal) -> None:
    ran = terminal.done("edit", "room.png", "Make it night!")
    assert ran.out == "make-it-night.png\n"
    assert size_of(terminal.folder / "make-it-night.png") == (96, 64)
    assert "0 credits, model sketch-1, job imgjob_" in ran.err


def test_a_mask_and_further_pictures_go_along(terminal: Terminal) -> None:
    (terminal.folder / "chair.jpg").write_bytes(picture("blue", kind="JPEG"))
    words = ("edit", "room.png", "a chair", "--mask", "mask.png", "-r", "chair.jpg")
    told = terminal.done_inside(*words, "-n", "2", "-o", "x.png", "--json")
    assert told.json["files"] == ["x-1.png", "x-2.png"]
    assert all(size_of(terminal.folder / file) == (96, 64) for file in told.json["files"])


def test_an_enlarged_picture_is_written_under_a_name_after_its_own(terminal: Terminal) -> None:
    ran = terminal.done("upscale", "room.png")
    assert ran.out == "room-upscaled.png\n"
    assert size_of(terminal.folder / "room-upscaled.png") == (192, 128)
    terminal.done_inside("upscale", "room.png", "--scale", "4", "-o", "large.png")
    assert size_of(terminal.folder / "large.png") == (384, 256)


def test_a_picture_may_be_a_link(terminal: Terminal) -> None:
    told = terminal.done_inside("edit", "room.png", "in sepia", "--json").json
    link = told["data"][0]["url"]
    assert terminal.done_inside("upscale", link, "-o", "far.png").out == "far.png\n"
    assert size_of(terminal.folder / "far.png") == (192, 128)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["edit", "words.png", "fox"], "unsupported_mime"),
        (["edit", "room.png", "fox", "-m", "z-image-turbo"], "image_not_supported_by_model"),
        (["edit", "room.png", "fox", "--mask", "room.png"], "validation_failed"),
        (["upscale", "http://127.0.0.1:9/a.png"], "unsafe_image_url"),
        (["upscale", "room.png", "--scale", "99"], "validation_failed"),
        (["upscale", "file_8sK2mQ4vT1xZ7bN5cR9dW3eY"], "not_found"),
    ],
)
def test_a_refusal_ends_with_one(terminal: Terminal, words: list[str], code: str) -> None:
    told = terminal.inside(*words, "--json")
    assert (told.code, told.json["error"]["code"]) == (1, code)


@pytest.mark.parametrize(
    "words",
    [
        ["edit", "none.png", "fox"],
        ["edit", "room.png", "fox", "--mask", "none.png"],
        ["edit", "room.png", "fox", "-r", "none.png"],
        ["upscale", "none.png"],
    ],
)
def test_a_file_that_is_not_there_ends_with_two(terminal: Terminal, words: list[str]) -> None:
    ran = terminal.inside(*words)
    assert ran.code == 2
    assert "none.png cannot be read: No such file" in ran.err
