"""The catalog is looked through, and a broken model file stops everything by its name."""

from pathlib import Path

import pytest
from tests.cli.terminal import Terminal

from limner.catalog.load import PACKAGED

SOUND = (PACKAGED / "sketch" / "sketch-1.toml").read_text("utf-8")


def test_models_are_listed_and_chosen_by_words_kind_and_owner(terminal: Terminal) -> None:
    everything = terminal.done("model", "list", "--json").json
    assert len(everything) > 50
    assert "dall-e-3" in terminal.done_inside("model", "list").out
    chosen = terminal.done_inside("model", "list", "flux", "--modality", "image", "--json").json
    assert 0 < len(chosen) < len(everything)
    assert all(model["modality"] == "image" for model in chosen)
    of_openai = terminal.done_inside("model", "list", "--provider", "openai", "--json").json
    assert {model["owned_by"] for model in of_openai} == {"openai"}
    assert "no model is like that" in terminal.done_inside("model", "list", "zzz").out
    assert terminal.inside("model", "list", "--modality", "video").code == 2


def test_one_model_is_shown_with_its_price(terminal: Terminal) -> None:
    said = terminal.done_inside("model", "show", "dall-e-3").out
    assert "credits a picture: 4 to 12" in said
    assert "1792x1024" in said
    assert terminal.done_inside("model", "show", "dall-e-3", "--json").json["id"] == "dall-e-3"
    unknown = terminal.inside("model", "show", "dall-e-33", "--json")
    assert unknown.code == 1
    assert unknown.json["error"]["code"] == "model_not_found"
    assert "dall-e-3" in unknown.json["error"]["message"]


def test_a_sound_catalog_passes_the_check(terminal: Terminal) -> None:
    counts = terminal.done_inside("model", "check", "--json").json
    assert counts["models"] == sum(counts["by_status"].values())
    assert f"{counts['models']} models are in order" in terminal.done("model", "check").out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("slug = ", "file"),
        (SOUND.replace('status = "active"', 'status = "nearly"'), "status"),
        (SOUND.replace("slug = ", "slugg = "), "slugg"),
        (SOUND.partition("[price]")[0], "price"),
    ],
)
def test_a_broken_entry_is_named_by_file_and_field_and_stops_the_server(
    terminal: Terminal, folder: Path, text: str, field: str
) -> None:
    assert text != SOUND
    file = folder / "sketch-1.toml"
    file.write_text(text, "utf-8")
    checked = terminal.inside("model", "check", str(folder))
    served = terminal.inside("serve", "--port", "0", LIMNER_CATALOG_DIRS=str(folder))
    looked = terminal.inside("doctor", "--json", LIMNER_CATALOG_DIRS=str(folder))
    assert (checked.code, served.code, looked.code) == (1, 1, 1)
    for said in (checked.err, served.err, looked.json["findings"][0]["words"]):
        assert str(file) in said
        assert f"    {field}: " in said


def test_a_folder_that_is_not_there_is_named(terminal: Terminal) -> None:
    ran = terminal.inside("model", "check", "nowhere", "--json")
    assert ran.code == 1
    assert "nowhere" in ran.json["error"]["message"]
