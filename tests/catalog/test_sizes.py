"""Sizes, ratios and tiers: what is taken, and what it means in pixels."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.catalog import sizes
from limner.catalog.load import load
from limner.catalog.model import EnumParam, Model, SizeRule
from limner.catalog.sizes import Pixels

CATALOG = load()
SIZED = [model for model in CATALOG.models.values() if model.sizes]
SPEAKING = [model for model in SIZED if sizes.spoken_ratios(model)]
PIXELS = st.builds(Pixels, st.integers(1, 9999), st.integers(1, 9999))


def model(slug: str) -> Model:
    found = CATALOG.get(slug)
    assert found is not None
    return found


@given(PIXELS)
def test_a_size_reads_as_it_is_written(size: Pixels) -> None:
    assert sizes.parsed(str(size)) == size


@pytest.mark.parametrize(
    "written",
    ["", "auto", "1024", "1024X768", "1024x", "x768", "0x768", "01x1", "1024x768 ", " 1x1", "1x1\n",
     "１x1", "-1x1", "1.5x2", "1e3x1", "100000x1", "1x1x1", "1×1"],
)  # fmt: skip  # a table of misspellings reads better wide
def test_anything_else_is_no_size(written: str) -> None:
    assert sizes.parsed(written) is None


@pytest.mark.parametrize(
    "written", ["", "auto", "16", "16/9", "0:1", "1:0", "a:b", "-1:1", "1:1\n"]
)
def test_anything_but_two_numbers_is_no_ratio(written: str) -> None:
    assert sizes.ratio_of(written) is None


@given(st.text())
def test_no_text_breaks_the_readers(written: str) -> None:
    sizes.parsed(written)
    sizes.ratio_of(written)


@pytest.mark.parametrize("slug", [one.slug for one in SIZED])
def test_a_model_takes_what_it_lists_and_nothing_odd(slug: str) -> None:
    chosen = model(slug)
    assert chosen.sizes is not None
    assert all(sizes.takes(chosen, size) for size in (*chosen.sizes.listed, chosen.sizes.default))
    assert not any(sizes.takes(chosen, size) for size in ("", "1x1", "1024X1024", "99999x99999"))


@given(PIXELS, st.sampled_from([1, 16, 32]))
def test_a_size_that_keeps_a_rule_keeps_each_part_of_it(size: Pixels, multiple: int) -> None:
    rule = SizeRule(multiple, 256, 4096, 65_536, 8_294_400, 3.0)
    kept = sizes.keeps(rule, size)
    area, (short, long) = size.width * size.height, sorted(size)
    breaks = {
        "multiple": size.width % multiple or size.height % multiple,
        "edges": short < 256 or long > 4096,
        "area": not 65_536 <= area <= 8_294_400,
        "ratio": long > 3 * short,
    }
    assert kept is not any(breaks.values())


@given(PIXELS)
def test_a_rule_does_not_care_which_side_is_longer(size: Pixels) -> None:
    for one in SIZED:
        if one.sizes and one.sizes.rule:
            turned = Pixels(size.height, size.width)
            assert sizes.keeps(one.sizes.rule, size) == sizes.keeps(one.sizes.rule, turned)


@given(
    st.integers(1, 21),
    st.integers(1, 21),
    st.sampled_from(sorted(set(sizes.TIER_EDGE.values()))),
)
def test_a_box_has_about_the_area_of_its_tier_and_the_shape_of_its_ratio(
    across: int, down: int, edge: int
) -> None:
    width, height = sizes.box(f"{across}:{down}", edge)
    assert width % 16 == height % 16 == 0
    assert abs(width - edge * math.sqrt(across / down)) <= 8
    assert abs(height - edge * math.sqrt(down / across)) <= 8


@pytest.mark.parametrize("slug", [one.slug for one in SIZED])
def test_every_ratio_and_tier_of_a_model_has_pixels_in_that_shape(slug: str) -> None:
    chosen = model(slug)
    ratios, tiers = chosen.params.get("aspect_ratio"), chosen.params.get("image_size")
    for ratio in ratios.values if isinstance(ratios, EnumParam) else ():
        for tier in tiers.values if isinstance(tiers, EnumParam) else (None,):
            width, height = sizes.pixels_of(chosen, None, ratio, tier)
            wanted = sizes.ratio_of(ratio) or width / height
            assert width / height == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("slug", [one.slug for one in SIZED])
def test_the_pixels_of_a_named_tier_are_priced_as_that_tier(slug: str) -> None:
    chosen = model(slug)
    ratios, tiers = chosen.params.get("aspect_ratio"), chosen.params.get("image_size")
    for ratio in ratios.values if isinstance(ratios, EnumParam) else ():
        for tier in tiers.values if isinstance(tiers, EnumParam) else ():
            pixels = sizes.pixels_of(chosen, None, ratio, tier)
            assert sizes.tier_of(chosen, pixels) == tier


def test_a_tier_that_was_asked_for_is_the_tier() -> None:
    assert sizes.tier_of(model("imagen-4"), Pixels(1024, 1024), "2K") == "2K"


def test_a_size_beyond_all_tiers_is_the_largest() -> None:
    assert sizes.tier_of(model("imagen-4"), Pixels(9000, 9000)) == "2K"


def test_a_model_without_tiers_has_none() -> None:
    assert sizes.tier_of(model("dall-e-3"), Pixels(1024, 1024)) is None


@pytest.mark.parametrize(
    ("slug", "asked", "pixels"),
    [
        ("dall-e-3", {}, "1024x1024"),
        ("dall-e-3", {"size": "1792x1024"}, "1792x1024"),
        ("gpt-image-2", {"size": "auto"}, "1024x1024"),
        ("suno-music", {"size": "auto"}, "1024x1024"),
        ("flux-2-pro", {"ratio": "16:9"}, "1344x768"),
        ("flux-2-pro", {"ratio": "16:9", "tier": "2K"}, "2656x1488"),
        ("gemini-3-pro-image", {"ratio": "16:9", "tier": "4K"}, "5504x3072"),
        ("gemini-3-pro-image", {}, "1024x1024"),
        ("flux-pro-1-1-ultra", {}, "2752x1536"),
        ("grok-imagine-image", {"ratio": "auto"}, "1024x1024"),
        ("suno-v5", {}, "1024x1024"),
    ],
)
def test_what_a_request_means_in_pixels(slug: str, asked: dict[str, str], pixels: str) -> None:
    chosen = model(slug)
    size, ratio, tier = asked.get("size"), asked.get("ratio"), asked.get("tier")
    assert str(sizes.pixels_of(chosen, size, ratio, tier)) == pixels


@pytest.mark.parametrize(
    ("size", "gemini", "imagen"),
    [
        ("256x256", "1024x1024", "1024x1024"),
        ("1024x1536", "848x1264", "896x1280"),
        ("1536x1024", "1264x848", "1280x896"),
        ("1024x1792", "768x1376", "768x1408"),
        ("1792x1024", "1376x768", "1408x768"),
        ("2048x2048", "2048x2048", "2048x2048"),
        ("3840x2160", "2752x1536", "2816x1536"),
        ("4096x4096", "4096x4096", "2048x2048"),
        ("1536x1536", "2048x2048", "2048x2048"),
    ],
)
def test_a_model_of_ratios_meets_the_sizes_others_take(size: str, gemini: str, imagen: str) -> None:
    pixels = sizes.parsed(size)
    assert pixels is not None
    for slug, wanted in (("gemini-3-pro-image", gemini), ("imagen-4", imagen)):
        shape = sizes.nearest_shape(model(slug), pixels)
        assert shape is not None
        assert str(shape.pixels) == wanted


def test_a_shape_that_is_too_far_off_is_not_called_near() -> None:
    assert sizes.nearest_shape(model("imagen-4"), Pixels(3000, 1000)) is None
    assert sizes.nearest_shape(model("imagen-4"), Pixels(1000, 3000)) is None


def test_a_model_that_takes_sizes_has_no_near_shapes() -> None:
    assert sizes.nearest_shape(model("flux-2-pro"), Pixels(1000, 1000)) is None
    assert sizes.shape_of(model("flux-2-pro"), Pixels(1024, 1024)) == {}


@pytest.mark.parametrize("chosen", SPEAKING, ids=lambda one: one.slug)
def test_a_model_of_ratios_lists_no_size_that_it_would_only_come_near(chosen: Model) -> None:
    assert chosen.sizes is not None
    for size in chosen.sizes.listed:
        pixels = sizes.parsed(size)
        shape = sizes.nearest_shape(chosen, pixels) if pixels else None
        assert size == "auto" or (shape is not None and shape.pixels == pixels)


@given(PIXELS, st.sampled_from(SPEAKING))
def test_the_nearest_shape_is_one_the_model_takes(size: Pixels, chosen: Model) -> None:
    shape = sizes.nearest_shape(chosen, size)
    if shape is None:
        return
    told = sizes.shape_of(chosen, shape.pixels)
    assert told["aspect_ratio"] in sizes.spoken_ratios(chosen)
    assert told.get("image_size", shape.tier) == shape.tier
