"""Reading the catalog: our files, the operator's over them, and a report a person can act on."""

from pathlib import Path

import pytest
from tests.catalog.files import PLAIN, copied, report_of

from limner.catalog.load import PACKAGED, load
from limner.errors import ConfigError


def test_the_packaged_catalog_is_sound() -> None:
    files = {path.stem for path in PACKAGED.rglob("*.toml")}
    assert load().models.keys() == files
    assert len(files) > 80


def test_an_operators_file_replaces_ours_with_the_same_slug(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN, ('usd = "0.04"', 'usd = "0.05"'))
    before, after = load(), load([tmp_path])
    assert after.models.keys() == before.models.keys()
    model = after.get("dall-e-3")
    assert model is not None
    assert model != before.get("dall-e-3")


def test_an_operators_file_may_add_a_model(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN, ('slug = "dall-e-3"', 'slug = "house-style"'), name="house-style")
    model = load([tmp_path]).get("house-style")
    assert model is not None
    assert model.owner == "openai"


def test_of_two_folders_the_later_one_counts(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, name in ((first, "First"), (second, "Second")):
        folder.mkdir()
        copied(folder, PLAIN, ("DALL·E 3", name))
    model = load([first, second]).get("dall-e-3")
    assert model is not None
    assert model.display_name == "Second"


def test_files_in_subfolders_are_read(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    copied(tmp_path / "mine", PLAIN, ("DALL·E 3", "Mine"))
    model = load([tmp_path]).get("dall-e-3")
    assert model is not None
    assert model.display_name == "Mine"


def test_a_file_is_named_after_its_slug(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN, name="dalle")
    assert "    slug: is 'dall-e-3', but the file is named dalle.toml" in report_of(tmp_path)


def test_two_files_of_a_folder_may_not_have_the_same_slug(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    second = copied(tmp_path / "again", PLAIN)
    first = copied(tmp_path, PLAIN)
    lines = report_of(tmp_path)
    assert lines[1].strip() == str(first)
    assert lines[2].strip() == f"slug: 'dall-e-3' is also the slug of {second}"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    lines = report_of(tmp_path / "nowhere")
    assert lines[1:] == [
        f"  {tmp_path / 'nowhere'}",
        "    directory: there is none here, for model files",
    ]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "dall-e-3.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert report_of(tmp_path)[1].strip() == str(path)


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN, ("max = 1", "max = 99"), ("max_chars = 4000", "max_chars = 0"))
    copied(tmp_path, "sketch/sketch-1", ('owner = "limner"\n', ""))
    assert report_of(tmp_path) == [
        "the model catalog has 3 faults:",
        f"  {tmp_path / 'dall-e-3.toml'}",
        "    n.max: is 99, must be 1 to 16",
        "    prompt.max_chars: is 0, must be at least 1",
        f"  {tmp_path / 'sketch-1.toml'}",
        "    owner: is missing",
    ]


def test_one_fault_is_not_called_faults(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN, ("max = 1", "max = 99"))
    assert report_of(tmp_path)[0] == "the model catalog has 1 fault:"


def test_a_long_report_is_cut_and_says_how_much_is_missing(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"m{number:02}.toml").write_text("", encoding="utf-8")
    lines = report_of(tmp_path)
    assert lines[0] == "the model catalog has 25 faults:"
    assert lines[-1] == "  and 5 more"
    assert len(lines) == 1 + 2 * 20 + 1


def test_a_faulty_file_of_an_operators_does_not_fall_back_to_ours(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN, ('usd = "0.04"', "usd = 4"))
    with pytest.raises(ConfigError):
        load([tmp_path])


def test_models_are_listed_active_first_then_by_owner_and_name() -> None:
    listed = load().listed()
    order = {"active": 0, "deprecated": 1, "retired": 2}
    keys = [(order[model.status], model.owner, model.display_name.lower()) for model in listed]
    assert keys == sorted(keys)


def test_models_can_be_searched_by_modality_provider_and_words() -> None:
    catalog = load()
    assert {model.modality for model in catalog.listed(modality="music")} == {"music"}
    hosted = {model.slug for model in catalog.listed(provider="bfl")}
    assert {"flux-2-pro", "flux-2-klein-4b"} <= hosted
    assert "flux-1-dev" not in hosted
    assert "gemini-2-5-flash-image" in {model.slug for model in catalog.listed(q="NANO-banana")}
    assert catalog.listed(q="no such words anywhere") == []
