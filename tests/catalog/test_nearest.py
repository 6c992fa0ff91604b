"""Suggestions for a name that is none: three, whatever was typed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.catalog.files import PLAIN, copied

from limner.catalog.load import catalog_of, load

CATALOG = load()


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("gpt-image", ("gpt-image-2", "gpt-image-2-5-flare", "gpt-image-2-6-flare")),
        ("dalle3", ("dall-e-3", "dall-e-2", "sketch-1")),
        ("DALL-E 3", ("dall-e-3", "dall-e-2", "sketch-1")),
        ("imagen4", ("imagen-4", "imagen-4-fast", "imagen-4-ultra")),
        ("flux", ("flux-1-dev", "flux-2-dev", "flux-2-max")),
        ("zzzz", ("sketch-1", "gpt-image-2-6-flare", "gemini-nano-banana-2-1")),
        ("", ("sketch-1", "gpt-image-2-6-flare", "gemini-nano-banana-2-1")),
    ],
)
def test_what_a_person_may_have_meant(typed: str, suggested: tuple[str, ...]) -> None:
    assert CATALOG.nearest(typed) == suggested


def test_a_marketing_name_finds_the_models_that_carry_it() -> None:
    aliases = [CATALOG.models[slug].aliases for slug in CATALOG.nearest("nano-banana")]
    assert all("nano-banana" in " ".join(names) for names in aliases)


def test_what_is_filled_up_with_is_active_and_from_different_owners() -> None:
    filled = [CATALOG.models[slug] for slug in CATALOG.nearest("zzzz", 4)]
    assert {model.status for model in filled} == {"active"}
    assert len({model.owner for model in filled}) == 4


@given(st.text(st.characters(), max_size=200))
def test_there_are_always_three_different_models(typed: str) -> None:
    assert len(set(CATALOG.nearest(typed)) & CATALOG.models.keys()) == 3


def test_a_small_catalog_gives_what_it_has(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN)
    small = catalog_of([load([tmp_path]).models["sketch-1"]])
    assert small.nearest("zzzz") == ("sketch-1",)
